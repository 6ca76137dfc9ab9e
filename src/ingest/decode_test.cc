#include "ingest/decode.h"

#include <gmock/gmock.h>

#include <deque>

#include "base/time_text.h"
#include "base/uuid.h"
#include "ingest/validate.h"
#include "model/record.h"

namespace spectrum::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Decodes and keeps what comes: events by their own copy, refusals with their payload.
class DecodeTest : public testing::Test, private DecodeSink {
 protected:
  struct Refused {
    std::string code, message, pointer, payload;
  };

  Result<DecodedBody> decode(std::string_view body, Framing framing = Framing::json) {
    events_.clear();
    refused_.clear();
    order_.clear();
    // What lies behind a body is anything but helpful.
    std::string padded(body);
    padded.append(64, '}');
    return decoder_.decode(std::string_view(padded).substr(0, body.size()), framing, {project_, now_, id_seed_}, *this);
  }
  Result<DecodedBody> decode_lines(std::string_view body) { return decode(body, Framing::ndjson); }

  /// The event of a body that is accepted.
  model::Event accepted(std::string_view body) {
    const auto decoded = decode(body);
    EXPECT_TRUE(decoded.ok()) << body << ": " << (decoded.ok() ? "" : decoded.error().message);
    EXPECT_THAT(refused_, IsEmpty()) << body << ": " << (refused_.empty() ? "" : refused_[0].message);
    EXPECT_THAT(events_, SizeIs(1)) << body;
    return events_.empty() ? model::Event{} : events_[0];
  }
  /// An event that has what it must have, and these fields.
  model::Event with(const std::string& fields) { return accepted(R"({"event_type":"view","user_id":"u",)" + fields + "}"); }

  /// Why a body with one event is refused, as `code pointer`.
  std::string refusal(std::string_view body) {
    const auto decoded = decode(body);
    if (!decoded.ok()) return "no JSON";
    if (!events_.empty()) return "accepted";
    EXPECT_EQ(refused_[0].payload, body);
    EXPECT_NE(refused_[0].message, "");
    return refused_[0].code + " " + refused_[0].pointer;
  }
  std::string refusal_with(const std::string& fields) {
    return refusal(R"({"event_type":"view","user_id":"u",)" + fields + "}");
  }

  EventDecoder decoder_;
  model::Project project_;
  Timestamp now_ = *parse_rfc3339("2026-11-21T12:00:00Z");
  std::string id_seed_;
  std::vector<model::Event> events_;
  std::vector<bool> ids_were_made_;
  std::vector<Refused> refused_;
  std::string order_;  ///< `a` for each accepted event, `r` for each refused one

 private:
  void on_event(const model::Event& event, bool id_was_made) override {
    std::string& bytes = bytes_.emplace_back();
    model::encode(event, bytes);
    events_.push_back(std::get<model::Event>(*model::decode_record(bytes)));
    ids_were_made_.push_back(id_was_made);
    order_ += 'a';
  }
  void on_refused(const Refusal& refusal, std::string_view payload) override {
    refused_.push_back({std::string(refusal.code), refusal.message, refusal.pointer, std::string(payload)});
    order_ += 'r';
  }

  std::deque<std::string> bytes_;
};

constexpr std::string_view kLeast = R"({"event_type":"view","user_id":"u"})";

// --- fields ----------------------------------------------------------------------------------------------------------

TEST_F(DecodeTest, ReadsEveryField) {
  const auto event = accepted(R"({
    "event_type": "purchase", "user_id": "u-1", "anonymous_id": "a-1", "event_id": "evt_123",
    "timestamp": "2026-11-21T10:30:00+01:00", "session_id": "s-1", "value": 2.5, "amount_minor": 1999, "currency": "eur",
    "product": {"sku": "k-1", "name": "Shoe", "category": "shoes", "price_usd": 19.5},
    "experiment_id": "x-1", "variant": "green", "source": "web", "entity_id": "order-1", "status": "success",
    "properties": {"plan": "pro"}, "context": {"ip": "203.0.113.9"},
    "user": {"segment": "loyal", "traits": {"seats": 3}}})");
  EXPECT_EQ(event.project_id, project_.number);
  EXPECT_EQ(event.event_type, "purchase");
  EXPECT_EQ(event.user_id, "u-1");
  EXPECT_EQ(event.anonymous_id, "a-1");
  EXPECT_EQ(event.event_id, "evt_123");
  EXPECT_EQ(event.occurred_at, *parse_rfc3339("2026-11-21T09:30:00Z"));
  EXPECT_EQ(event.received_at, now_);
  EXPECT_EQ(event.session_id, "s-1");
  EXPECT_EQ(event.value, 2.5);
  EXPECT_EQ(event.amount_minor, 1999);
  EXPECT_EQ(event.currency, "EUR");
  EXPECT_EQ(event.product_sku, "k-1");
  EXPECT_EQ(event.product_name, "Shoe");
  EXPECT_EQ(event.product_category, "shoes");
  EXPECT_EQ(event.product_price_usd, 19.5);
  EXPECT_EQ(event.experiment_id, "x-1");
  EXPECT_EQ(event.variant, "green");
  EXPECT_EQ(event.source, "web");
  EXPECT_EQ(event.entity_id, "order-1");
  EXPECT_EQ(event.status, "success");
  EXPECT_EQ(event.properties, R"({"plan": "pro"})");
  EXPECT_EQ(event.context, R"({"ip": "203.0.113.9"})");
  EXPECT_EQ(event.user_segment, "loyal");
  EXPECT_EQ(event.user_traits, R"({"seats": 3})");
}

TEST_F(DecodeTest, LeavesAbsentFieldsEmptyAndTakesTheTimeOfReceipt) {
  const auto event = accepted(kLeast);
  EXPECT_EQ(event.occurred_at, now_);
  EXPECT_EQ(event.session_id, "");
  EXPECT_EQ(event.value, std::nullopt);
  EXPECT_EQ(event.amount_minor, std::nullopt);
  EXPECT_EQ(event.currency, "");
  EXPECT_EQ(event.properties, "");
  EXPECT_EQ(event.context, "");
}

TEST_F(DecodeTest, NullAndEmptyAreAsGoodAsAbsent) {
  const auto event = with(R"("anonymous_id":null,"session_id":"","timestamp":"","value":null,"status":"","currency":"",
                             "product":null,"product_id":"","properties":{},"context":null,"user":{"segment":null,"traits":{ }})");
  EXPECT_EQ(event.session_id, "");
  EXPECT_EQ(event.occurred_at, now_);
  EXPECT_EQ(event.properties, "");
  EXPECT_EQ(event.user_traits, "");
}

TEST_F(DecodeTest, AnEmptyOrNullNameLeavesTheFieldToItsAlias) {
  EXPECT_EQ(accepted(R"({"event_type":"","event":"view","user_id":"u"})").event_type, "view");
  EXPECT_EQ(accepted(R"({"event":"view","event_type":"","user_id":"u"})").event_type, "view");
  EXPECT_EQ(accepted(R"({"event":"view","event_type":null,"user_id":"u"})").event_type, "view");
  EXPECT_EQ(events_[0].properties, "");
  EXPECT_EQ(accepted(R"({"user_id":"","userId":"u","event":"view"})").user_id, "u");
  EXPECT_EQ(accepted(R"({"event_id":"","event_id":"e","event":"view","user_id":"u"})").event_id, "e");
}

TEST_F(DecodeTest, AnAnonymousIdAloneIsEnough) {
  const auto event = accepted(R"({"event_type":"view","anonymous_id":"a"})");
  EXPECT_TRUE(event.is_anonymous());
  EXPECT_EQ(event.user_key(), "a");
}

TEST_F(DecodeTest, AProductIdIsItsSku) {
  EXPECT_EQ(with(R"("product_id":"k-1")").product_sku, "k-1");
  EXPECT_EQ(with(R"("product_id":"k-1","product":{"sku":"k-2"})").product_sku, "k-2");
  EXPECT_EQ(with(R"("product":{"name":"Shoe"},"product_id":"k-1")").product_sku, "k-1");
}

TEST_F(DecodeTest, AProductIdOfARefusedEventIsNotTheNextOnes) {
  ASSERT_TRUE(decode(R"([{"product_id":"k-1"},{"event_type":"view","user_id":"u"}])").ok());
  EXPECT_EQ(order_, "ra");
  EXPECT_EQ(events_[0].product_sku, "");
}

TEST_F(DecodeTest, AnAmountWithoutCurrencyHasTheProjects) {
  project_.currency = "CHF";
  EXPECT_EQ(with(R"("amount_minor":-5)").currency, "CHF");
  EXPECT_EQ(with(R"("amount_minor":-5,"currency":"usd")").currency, "USD");
}

TEST_F(DecodeTest, DecodesEscapesInTexts) {
  EXPECT_EQ(with(R"("source":"a\"\\\/\n\u00e9\ud83d\ude00")").source, "a\"\\/\n\u00e9\U0001F600");
  EXPECT_EQ(accepted(R"({"event\u005ftype":"view","user_id":"u"})").event_type, "view");
}

struct TimeCase {
  std::string name, json, instant;
};
class DecodeTimeTest : public DecodeTest, public testing::WithParamInterface<TimeCase> {};

TEST_P(DecodeTimeTest, IsRead) {
  EXPECT_EQ(format_rfc3339(with("\"timestamp\":" + GetParam().json).occurred_at), GetParam().instant);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, DecodeTimeTest,
    testing::Values(TimeCase{"Seconds", "1700000000", "2023-11-14T22:13:20Z"},
                    TimeCase{"FractionsOfSeconds", "1700000000.25", "2023-11-14T22:13:20.250Z"},
                    TimeCase{"Milliseconds", "1700000000123", "2023-11-14T22:13:20.123Z"},
                    TimeCase{"Microseconds", "1700000000123456", "2023-11-14T22:13:20.123456Z"},
                    TimeCase{"TheFirstSecond", "0", "1970-01-01T00:00:00Z"},
                    TimeCase{"BeforeTheFirstSecond", "-1", "1969-12-31T23:59:59Z"},
                    TimeCase{"Rfc3339", R"("2026-11-21T10:30:00.5-02:00")", "2026-11-21T12:30:00.500Z"}),
    [](const auto& param_info) { return param_info.param.name; });

// --- names -----------------------------------------------------------------------------------------------------------

struct NameCase {
  std::string name;
  std::string_view model::Event::*field;
  bool is_camel = false;
};
class DecodeNameTest : public DecodeTest, public testing::WithParamInterface<NameCase> {};

TEST_P(DecodeNameTest, NamesItsField) {
  const auto& [name, field, is_camel] = GetParam();
  const std::string others = field == &model::Event::event_type ? R"("user_id":"u")" : R"("event_type":"view","anonymous_id":"a")";
  const auto decoded = decode("{\"" + name + "\":\"eur\"," + (field == &model::Event::anonymous_id ? R"("event":"view"})" : others + "}"));
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(order_, "a") << refused_[0].message;
  EXPECT_EQ(events_[0].*field, field == &model::Event::currency ? "EUR" : "eur");
  EXPECT_EQ(events_[0].properties, "");
  EXPECT_EQ(decoded->is_camel_case, is_camel);
}

INSTANTIATE_TEST_SUITE_P(
    All, DecodeNameTest,
    testing::Values(NameCase{"event_type", &model::Event::event_type}, NameCase{"event", &model::Event::event_type},
                    NameCase{"name", &model::Event::event_type}, NameCase{"eventType", &model::Event::event_type, true},
                    NameCase{"event_id", &model::Event::event_id}, NameCase{"eventId", &model::Event::event_id, true},
                    NameCase{"user_id", &model::Event::user_id}, NameCase{"userId", &model::Event::user_id, true},
                    NameCase{"anonymous_id", &model::Event::anonymous_id},
                    NameCase{"anonymousId", &model::Event::anonymous_id, true},
                    NameCase{"session_id", &model::Event::session_id},
                    NameCase{"sessionId", &model::Event::session_id, true},
                    NameCase{"product_id", &model::Event::product_sku},
                    NameCase{"productId", &model::Event::product_sku, true},
                    NameCase{"experiment_id", &model::Event::experiment_id},
                    NameCase{"experimentId", &model::Event::experiment_id, true},
                    NameCase{"variant", &model::Event::variant}, NameCase{"source", &model::Event::source},
                    NameCase{"entity_id", &model::Event::entity_id},
                    NameCase{"entityId", &model::Event::entity_id, true}, NameCase{"currency", &model::Event::currency}),
    [](const auto& param_info) { return param_info.param.name; });

TEST_F(DecodeTest, EveryNameOfTheTimeIsRead) {
  for (const std::string name : {"timestamp", "occurred_at", "occurredAt", "time"}) {
    EXPECT_EQ(with("\"" + name + "\":5").occurred_at, from_micros(5'000'000)) << name;
    EXPECT_EQ(events_[0].properties, "") << name;
  }
}

TEST_F(DecodeTest, OtherCamelCaseNamesAreRead) {
  EXPECT_EQ(with(R"("amountMinor":7)").amount_minor, 7);
  EXPECT_EQ(with(R"("product":{"priceUsd":1.5})").product_price_usd, 1.5);
}

TEST_F(DecodeTest, OneCamelCaseRequestDoesNotMarkTheNext) {
  EXPECT_TRUE(decode(R"({"eventType":"view","userId":"u"})")->is_camel_case);
  EXPECT_FALSE(decode(kLeast)->is_camel_case);
}

TEST_F(DecodeTest, TheBetterNameCountsAndTheOtherIsAProperty) {
  EXPECT_EQ(accepted(R"({"name":"n","event":"e","event_type":"t","user_id":"u"})").event_type, "t");
  EXPECT_EQ(events_[0].properties, R"({"name":"n","event":"e"})");
  EXPECT_EQ(accepted(R"({"event_type":"t","event":"e","name":"n","user_id":"u"})").event_type, "t");
  EXPECT_EQ(events_[0].properties, R"({"event":"e","name":"n"})");
  EXPECT_EQ(with(R"("time":3,"occurred_at":2,"timestamp":1)").occurred_at, from_micros(1'000'000));
  EXPECT_EQ(events_[0].properties, R"({"time":3,"occurred_at":2})");
}

TEST_F(DecodeTest, AnAliasOfAnotherTypeIsAProperty) {
  EXPECT_EQ(accepted(R"({"event":"e","name":{"first":"Ada"},"user_id":"u"})").properties, R"({"name":{"first":"Ada"}})");
  EXPECT_EQ(accepted(R"({"name":{"first":"Ada"},"event":"e","user_id":"u"})").properties, R"({"name":{"first":"Ada"}})");
  EXPECT_EQ(with(R"("time":"noon","timestamp":1)").properties, R"({"time":"noon"})");
  EXPECT_EQ(refusal(R"({"name":{"first":"Ada"},"user_id":"u"})"), "invalid_type /name") << "unless it is the only one";
  EXPECT_EQ(refusal_with(R"("time":"noon")"), "invalid_timestamp /time");
}

TEST_F(DecodeTest, ANameThatIsGivenTwiceIsRefused) {
  EXPECT_EQ(refusal_with(R"("user_id":"v")"), "invalid_value /user_id");
  EXPECT_EQ(refusal_with(R"("source":"a","source":"a")"), "invalid_value /source");
}

// --- fields that the API does not name -------------------------------------------------------------------------------

TEST_F(DecodeTest, KeepsUnknownFieldsUnderProperties) {
  EXPECT_EQ(with(R"("plan":"pro","seats":3,"ok":true,"none":null,"list":[1,{"a":[]}],"deep":{"x":{}})").properties,
            R"({"plan":"pro","seats":3,"ok":true,"none":null,"list":[1,{"a":[]}],"deep":{"x":{}}})");
}

TEST_F(DecodeTest, KeepsUnknownFieldsBesideProperties) {
  EXPECT_EQ(with(R"("a":1,"properties":{ "b" : 2 },"c":3)").properties, R"({ "b" : 2,"a":1,"c":3})");
  EXPECT_EQ(with(R"("a":1,"properties":{})").properties, R"({"a":1})");
  EXPECT_EQ(with(R"("a":1,"properties":{"b":{"a":3},"a":2},"b":4,"c":5)").properties, R"({"b":{"a":3},"a":2,"c":5})")
      << "what stands in properties stays";
  EXPECT_EQ(with(R"("a":1,"a":2)").properties, R"({"a":1})") << "the first of equal names counts";
}

TEST_F(DecodeTest, KeepsUnknownKeysAsTheyAreEscaped) {
  EXPECT_EQ(with(R"("a\"b":1,"\u00e9":2,"":3)").properties, R"({"a\"b":1,"\u00e9":2,"":3})");
}

TEST_F(DecodeTest, PropertiesOfOneEventAreNotTheNextOnes) {
  ASSERT_TRUE(decode(R"([{"event":"a","user_id":"u","x":1},{"event":"b","user_id":"u"},{"event":"c","user_id":"u","y":2}])").ok());
  EXPECT_EQ(events_[0].properties, R"({"x":1})");
  EXPECT_EQ(events_[1].properties, "");
  EXPECT_EQ(events_[2].properties, R"({"y":2})");
}

// --- pages -----------------------------------------------------------------------------------------------------------

struct PageCase {
  std::string name, fields, page;
};
class DecodePageTest : public DecodeTest, public testing::WithParamInterface<PageCase> {};

TEST_P(DecodePageTest, IsTaken) { EXPECT_EQ(with(GetParam().fields).page, GetParam().page); }

INSTANTIATE_TEST_SUITE_P(
    From, DecodePageTest,
    testing::Values(
        PageCase{"ContextPage", R"("properties":{"page":"/p"},"context":{"page":"/c"})", "/c"},
        PageCase{"ContextPagePath", R"("context":{"page":{"url":"http://x/u","path":"/c"}},"properties":{"page":"/p"})", "/c"},
        PageCase{"ContextPageUrl", R"("context":{"page":{"url":"/u","path":""}},"properties":{"page":"/p"})", "/u"},
        PageCase{"PropertiesPage", R"("properties":{"url":"/u","path":"/h","page":"/p"})", "/p"},
        PageCase{"PropertiesPath", R"("properties":{"url":"/u","path":"/h","page":7})", "/h"},
        PageCase{"PropertiesUrl", R"("properties":{"url":"/u"},"context":{"path":"/no","url":"/no"})", "/u"},
        PageCase{"NothingDeeper", R"("properties":{"a":{"page":"/no"},"page":{"path":"/no"}},"user":{"traits":{"page":"/no"}})", ""}),
    [](const auto& param_info) { return param_info.param.name; });

TEST_F(DecodeTest, ALongPageIsCutBetweenCharacters) {
  std::string page = "/";
  for (std::size_t i = 0; i < kMaxPageBytes; ++i) page += "é";
  const auto event = with(R"("properties":{"page":")" + page + "\"}");
  EXPECT_EQ(event.page, page.substr(0, kMaxPageBytes - 1));
}

// --- refusals --------------------------------------------------------------------------------------------------------

struct RefusalCase {
  std::string name, fields, refusal;
};
class DecodeRefusalTest : public DecodeTest, public testing::WithParamInterface<RefusalCase> {};

TEST_P(DecodeRefusalTest, SaysCodeAndPlace) { EXPECT_EQ(refusal_with(GetParam().fields), GetParam().refusal); }

INSTANTIATE_TEST_SUITE_P(
    Types, DecodeRefusalTest,
    testing::Values(RefusalCase{"TextThatIsANumber", R"("session_id":5)", "invalid_type /session_id"},
                    RefusalCase{"TextThatIsAnObject", R"("source":{})", "invalid_type /source"},
                    RefusalCase{"TextThatIsABoolean", R"("variant":true)", "invalid_type /variant"},
                    RefusalCase{"NumberThatIsText", R"("value":"5")", "invalid_type /value"},
                    RefusalCase{"WholeNumberWithFraction", R"("amount_minor":1.5)", "invalid_type /amount_minor"},
                    RefusalCase{"WholeNumberTooLarge", R"("amount_minor":9223372036854775808)", "invalid_type /amount_minor"},
                    RefusalCase{"TimeThatIsABoolean", R"("timestamp":true)", "invalid_type /timestamp"},
                    RefusalCase{"PropertiesThatAreAList", R"("properties":[])", "invalid_type /properties"},
                    RefusalCase{"ContextThatIsText", R"("context":"x")", "invalid_type /context"},
                    RefusalCase{"ProductThatIsText", R"("product":"x")", "invalid_type /product"},
                    RefusalCase{"SkuThatIsANumber", R"("product":{"sku":1})", "invalid_type /product/sku"},
                    RefusalCase{"PriceThatIsText", R"("product":{"price_usd":"1"})", "invalid_type /product/price_usd"},
                    RefusalCase{"SegmentThatIsAList", R"("user":{"segment":[]})", "invalid_type /user/segment"},
                    RefusalCase{"TraitsThatAreText", R"("user":{"traits":"x"})", "invalid_type /user/traits"},
                    RefusalCase{"AliasNamedAsItCame", R"("entityId":5)", "invalid_type /entityId"}),
    [](const auto& param_info) { return param_info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Values, DecodeRefusalTest,
    testing::Values(RefusalCase{"Status", R"("status":"done")", "invalid_value /status"},
                    RefusalCase{"Currency", R"("currency":"EURO")", "invalid_value /currency"},
                    RefusalCase{"NumberOutOfRange", R"("value":1e400)", "invalid_value /value"},
                    RefusalCase{"MalformedNumber", R"("value":01)", "invalid_value /value"},
                    RefusalCase{"TimeWithoutOffset", R"("timestamp":"2026-11-21T10:00:00")", "invalid_timestamp /timestamp"},
                    RefusalCase{"TimeThatIsNone", R"("occurred_at":"yesterday")", "invalid_timestamp /occurred_at"},
                    RefusalCase{"TimeOutOfRange", R"("timestamp":1e300)", "invalid_timestamp /timestamp"},
                    RefusalCase{"TimeBeforeTheCalendar", R"("timestamp":"0000-12-31T23:59:59Z")", "invalid_timestamp /timestamp"},
                    RefusalCase{"NumberBeforeTheCalendar", R"("timestamp":-1e17)", "invalid_timestamp /timestamp"},
                    RefusalCase{"TimeFarAhead", R"("time":"2026-11-22T12:00:01Z")", "invalid_timestamp /time"},
                    RefusalCase{"NulInText", R"("source":"a\u0000b")", "invalid_value /source"},
                    RefusalCase{"NulInProperties", R"("properties":{"a":["\u0000"]})", "invalid_value /properties"},
                    RefusalCase{"NulInAKey", R"("context":{"a\u0000":1})", "invalid_value /context"},
                    RefusalCase{"LoneSurrogate", R"("source":"\ud83d")", "invalid_value /source"},
                    RefusalCase{"LoneSurrogateInProperties", R"("properties":{"a":"\ude00"})", "invalid_value /properties"},
                    RefusalCase{"BrokenEscape", R"("source":"\x")", "invalid_value /source"},
                    RefusalCase{"HugeNumberInProperties", R"("properties":{"n":1e999})", "invalid_value /properties"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST_F(DecodeTest, WhatMustBeThereIsMissed) {
  EXPECT_EQ(refusal(R"({"user_id":"u"})"), "missing_field /event_type");
  EXPECT_EQ(refusal(R"({"event_type":null,"user_id":"u"})"), "missing_field /event_type");
  EXPECT_EQ(refusal(R"({"event_type":"view"})"), "missing_field /user_id");
  EXPECT_EQ(refusal(R"({"event_type":"view","user_id":"","anonymous_id":null})"), "missing_field /user_id");
  EXPECT_EQ(refusal("{}"), "missing_field /event_type");
}

TEST_F(DecodeTest, IntegersBeyond64BitsInPropertiesAreOnlyThatEventsTrouble) {
  ASSERT_TRUE(decode(R"([{"event":"a","user_id":"u","properties":{"n":123456789012345678901234567890}},)" +
                     std::string(kLeast) + "]").ok());
  EXPECT_EQ(order_, "ra");
}

TEST_F(DecodeTest, ATimestampMayLieADayAhead) {
  EXPECT_EQ(with(R"("timestamp":"2026-11-22T12:00:00Z")").occurred_at, now_ + std::chrono::hours(24));
}

TEST_F(DecodeTest, AnEventOlderThanTheProjectTakesIsRefused) {
  project_.max_event_age = std::chrono::hours(1);
  EXPECT_EQ(with(R"("timestamp":"2026-11-21T11:00:00Z")").occurred_at, now_ - std::chrono::hours(1));
  EXPECT_EQ(refusal_with(R"("timestamp":"2026-11-21T10:59:59Z")"), "invalid_timestamp /timestamp");
}

struct LimitCase {
  std::string name, field;
  std::size_t bytes;
};
class DecodeLimitTest : public DecodeTest, public testing::WithParamInterface<LimitCase> {};

TEST_P(DecodeLimitTest, HoldsToTheByte) {
  const auto& [name, field, bytes] = GetParam();
  const auto event_of = [&](std::size_t size) {
    const std::string text(size, 'x');
    if (field == "product/sku") return R"({"event":"e","user_id":"u","product":{"sku":")" + text + "\"}}";
    if (field == "user/segment") return R"({"event":"e","user_id":"u","user":{"segment":")" + text + "\"}}";
    if (field == "event_type") return R"({"user_id":"u","event_type":")" + text + "\"}";
    if (field == "user_id") return R"({"event":"e","user_id":")" + text + "\"}";
    return R"({"event":"e","user_id":"u",")" + field + "\":\"" + text + "\"}";
  };
  accepted(event_of(bytes));
  EXPECT_EQ(refusal(event_of(bytes + 1)), "too_long /" + field);
}

INSTANTIATE_TEST_SUITE_P(Of, DecodeLimitTest,
                         testing::Values(LimitCase{"EventType", "event_type", 200}, LimitCase{"UserId", "user_id", 255},
                                         LimitCase{"AnonymousId", "anonymous_id", 255}, LimitCase{"EventId", "event_id", 128},
                                         LimitCase{"SessionId", "session_id", 255}, LimitCase{"Source", "source", 255},
                                         LimitCase{"Variant", "variant", 255}, LimitCase{"EntityId", "entity_id", 255},
                                         LimitCase{"ExperimentId", "experiment_id", 255}, LimitCase{"Sku", "product/sku", 255},
                                         LimitCase{"Segment", "user/segment", 255}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST_F(DecodeTest, AnEventMayHave256KiB) {
  const std::string start = R"({"event":"e","user_id":"u","properties":{"text":")", end = "\"}}";
  const std::string most(kMaxEventBytes - start.size() - end.size(), 'x');
  accepted(start + most + end);
  EXPECT_EQ(refusal(start + most + "x" + end), "too_large ");
}

TEST_F(DecodeTest, AnEventMayHave32Levels) {
  const auto nested = [](int levels, const std::string& open, const std::string& close) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += open;
    text += "1";
    for (int i = 0; i < levels; ++i) text += close;
    return text;
  };
  with("\"properties\":" + nested(31, R"({"a":)", "}"));
  EXPECT_EQ(refusal_with("\"properties\":" + nested(32, R"({"a":)", "}")), "too_deep /properties");
  with("\"extra\":" + nested(31, "[", "]"));
  EXPECT_THAT(refusal_with("\"extra\":" + nested(32, "[", "]")), HasSubstr("too_deep"));
  with(R"("user":{"traits":)" + nested(30, R"({"a":)", "}") + "}");
  EXPECT_THAT(refusal_with(R"("user":{"traits":)" + nested(31, R"({"a":)", "}") + "}"), HasSubstr("too_deep"));
  with(R"("context":{"page":)" + nested(30, R"({"a":)", "}") + "}");
  EXPECT_THAT(refusal_with(R"("context":{"page":)" + nested(31, R"({"a":)", "}") + "}"), HasSubstr("too_deep"));
}

TEST_F(DecodeTest, AHundredThousandLevelsAreRefusedQuietly) {
  const std::string open(100'000, '['), close(100'000, ']');
  EXPECT_NE(refusal_with("\"extra\":" + open + close), "accepted");
  EXPECT_FALSE(decode(open).ok());
}

// --- ids -------------------------------------------------------------------------------------------------------------

TEST_F(DecodeTest, MakesAnIdThatTellsTheTimeOfReceipt) {
  const auto event = accepted(kLeast);
  EXPECT_TRUE(ids_were_made_.back());
  const auto id = parse_uuid(event.event_id);
  ASSERT_TRUE(id) << event.event_id;
  EXPECT_EQ(id->high >> 16, static_cast<std::uint64_t>(to_micros(now_) / 1000));
  EXPECT_EQ(event.event_id[14], '7');
}

TEST_F(DecodeTest, MadeIdsDiffer) {
  ASSERT_TRUE(decode("[" + std::string(kLeast) + "," + std::string(kLeast) + "]").ok());
  EXPECT_NE(events_[0].event_id, events_[1].event_id);
}

TEST_F(DecodeTest, AGivenIdIsNotMade) {
  with(R"("event_id":"any text")");
  EXPECT_FALSE(ids_were_made_.back());
}

TEST_F(DecodeTest, AReplaysIdFollowsFromItsSeed) {
  id_seed_ = "replay of 7";
  const auto first = accepted(kLeast).event_id;
  EXPECT_EQ(accepted(kLeast).event_id, first);
  id_seed_ = "replay of 8";
  EXPECT_NE(accepted(kLeast).event_id, first);
}

// --- bodies ----------------------------------------------------------------------------------------------------------

TEST_F(DecodeTest, TellsOneEventFromAListWithOne) {
  EXPECT_TRUE(decode(kLeast)->is_single);
  EXPECT_FALSE(decode("[" + std::string(kLeast) + "]")->is_single);
  EXPECT_FALSE(decode(R"({"events":[)" + std::string(kLeast) + "]}")->is_single);
  EXPECT_FALSE(decode_lines(kLeast)->is_single);
}

TEST_F(DecodeTest, ABadEventDoesNotFailItsNeighbours) {
  const std::string good(kLeast);
  const std::string body = "[" + good + R"(, {"event":"x"}, 5 ,"text",null,[1,[2]],)" + good + R"(,{"value":"a","b":{"c":[}]}},)" + good + "]";
  EXPECT_FALSE(decode(body).ok());  // brackets that do not match leave nothing to tell events apart by
  ASSERT_TRUE(decode("[" + good + R"(, {"event":"x"}, 5 ,"text",null,[1,[2]],)" + good + R"(,{"value":"a","b":{"c":["}]"]}} ,)" + good + "]").ok());
  EXPECT_EQ(order_, "arrrrrara");
  EXPECT_EQ(refused_[0].payload, R"({"event":"x"})");
  EXPECT_EQ(refused_[1].payload, "5");
  EXPECT_EQ(refused_[2].payload, "\"text\"");
  EXPECT_EQ(refused_[3].payload, "null");
  EXPECT_EQ(refused_[4].payload, "[1,[2]]");
  EXPECT_EQ(refused_[5].payload, R"({"value":"a","b":{"c":["}]"]}})");
}

TEST_F(DecodeTest, ARefusedEventsPayloadIsAllOfIt) {
  for (const std::string bad : {R"({"value":"x","rest":{"a":[1,2,{"b":"}"}]},"user_id":"u"})", R"({"source":"\ud800","a":[{}]})",
                                R"({"event":"e","user_id":"u","user_id":"v","c":{"d":[]}})"}) {
    ASSERT_TRUE(decode("[" + bad + "," + std::string(kLeast) + "]").ok()) << bad;
    EXPECT_EQ(order_, "ra") << bad;
    EXPECT_EQ(refused_[0].payload, bad);
  }
}

TEST_F(DecodeTest, EscapesMayBeMostOfABody) {
  const std::string name = std::string(5000, 'x') + "\\n";
  const std::string event = R"({"event":"e","user_id":"u","x\ty":1,"properties":{")" + name + "\":1,\"x\\ty\":2}}";
  EXPECT_EQ(accepted(event).properties, "{\"" + name + "\":1,\"x\\ty\":2}");
  ASSERT_TRUE(decode("{\"" + name + "\":\"" + name + "\",\"events\":[" + event + "]}").ok());
  EXPECT_EQ(order_, "a");
}

TEST_F(DecodeTest, AListOfEventsLiesAnywhereInItsObject) {
  const std::string list = R"("events":[)" + std::string(kLeast) + "," + std::string(kLeast) + "]";
  for (const std::string& body : {"{" + list + "}", R"({"sent_at":"x","batch":{"a":[1]},)" + list + "}",
                                 "{" + list + R"(,"sent_at":"x","batch":{"a":[1]}})", "{ \n\"context\":{}, " + list + " }"}) {
    const auto decoded = decode(body);
    ASSERT_TRUE(decoded.ok()) << body << decoded.error().message;
    EXPECT_EQ(order_, "aa") << body;
    EXPECT_EQ(decoded->count, 2) << body;
  }
}

TEST_F(DecodeTest, AnEmptyListHoldsNoEvents) {
  EXPECT_EQ(decode("[]")->count, 0);
  EXPECT_EQ(decode(R"({"events":[]})")->count, 0);
}

TEST_F(DecodeTest, EventsThatAreNoListAreAProperty) {
  EXPECT_EQ(with(R"("events":5)").properties, R"({"events":5})");
}

TEST_F(DecodeTest, AListCalledEventsIsAPropertyOfAnEventWhereverItsNameStands) {
  for (const std::string body : {R"({"event":"e","user_id":"u","events":[1,{"x":[]}]})", R"({"user_id":"u","events":[1,{"x":[]}],"event":"e"})",
                                 R"({"user_id":"u","events":[1,{"x":[]}],"\u0065vent":"e"})"}) {
    EXPECT_EQ(accepted(body).properties, R"({"events":[1,{"x":[]}]})") << body;
  }
  ASSERT_TRUE(decode(R"([{"user_id":"u","events":[1],"context":{},"name":"e"}])").ok());
  EXPECT_EQ(order_, "a");
}

TEST_F(DecodeTest, TheNameOfAListMayBeEscaped) {
  ASSERT_TRUE(decode(R"({"\u0065vents":[)" + std::string(kLeast) + "]}").ok());
  EXPECT_EQ(order_, "a");
}

TEST_F(DecodeTest, ABrokenNameBesideAListIsNotTheEvents) {
  ASSERT_TRUE(decode(R"({"events":[)" + std::string(kLeast) + R"(],"user\id":"u"})").ok());
  EXPECT_EQ(order_, "a");
}

TEST_F(DecodeTest, TwoListsAreRefusedAsAWhole) {
  const std::string list = R"("events":[)" + std::string(kLeast) + "]";
  const auto decoded = decode("{" + list + "," + list + "}");
  ASSERT_FALSE(decoded.ok());
  EXPECT_THAT(decoded.error().message, HasSubstr("one list"));
}

TEST_F(DecodeTest, AListInsideAnEventOfAListIsRefused) {
  ASSERT_TRUE(decode(R"([{"events":[]}])").ok());
  EXPECT_EQ(order_, "r");
}

TEST_F(DecodeTest, WhatFollowsABodyMakesItNoJson) {
  const std::string good(kLeast);
  for (const std::string& body :
       {good + "x", good + good, good + "," + good, good + "}", "[" + good + "]]", "[" + good + "] x", "[" + good + "][" + good + "]",
        R"({"events":[)" + good + "]}}", R"({"events":[)" + good + "]} {}", R"({"events":[)" + good + "] 5}",
        R"({"events":[)" + good + R"(],"a"})"}) {
    EXPECT_FALSE(decode(body).ok()) << body;
  }
}

TEST_F(DecodeTest, WhatIsNoJsonIsRefusedAsAWhole) {
  for (const std::string body : {"", " ", "x", "{", "[", "\"", "5", "\"text\"", "true", "null", "nul", "{]", "[}", "{\"a\"}", "{\"a\":}", "{a:1}",
                                 "{'a':1}", "[1,]", "{\"event\":\"a\" \"user_id\":\"b\"}", "{\"event\":\"a\",\"user_id\":nul}",
                                 "{\"event\":\"a\",\"x\":tru}", "{\"event\":\"a\",\"user_id\":\"u\",\"x\":{\"a\":nulll}}", "event=page_view",
                                 "{\"event\":\"a\nb\",\"user_id\":\"u\"}", "\xEF\xBB\xBF", "\x01{\"event\":\"a\",\"user_id\":\"u\"}",
                                 "{\"event\":\"a\",\"user_id\":\"u\"}\x0B", "{\"event\":\"\xFF\",\"user_id\":\"u\"}",
                                 "{\"event\":\"\xED\xA0\x80\",\"user_id\":\"u\"}", "{\"event\":\"\xC0\x80\",\"user_id\":\"u\"}"}) {
    const auto decoded = decode(body);
    ASSERT_FALSE(decoded.ok()) << body;
    EXPECT_EQ(decoded.error().code, Errc::invalid) << body;
  }
}

TEST_F(DecodeTest, AColonAfterATextMakesItNoJson) {
  for (const std::string body :
       {R"({"event":"a","user_id":"u":1})", R"({"event":"a","user_id":"u":1}})", R"({"event":"a","user_id":"u","session_id":"":5})",
        R"({"event":"a","user_id":"u","properties":{"a":"b":1}}})", R"({"event":"a","user_id":"u","context":{"a":["b":1]]}})",
        R"({"event":"a":},"properties":{"b":"c":},"d":{"e":"f":})"}) {
    EXPECT_FALSE(decode(body).ok()) << body;
    refused_.clear();
    ASSERT_TRUE(decode_lines(body).ok()) << body;
    ASSERT_EQ(refused_.size(), 1u) << body;
    EXPECT_EQ(refused_[0].code, "invalid_json") << body;
  }
}

TEST_F(DecodeTest, EveryTruncationOfABodyIsRefused) {
  const std::string body = R"([{"event":"a","user_id":"u","properties":{"a":[1,"x",null,true,{"b":{}}]},"context":{"page":{"path":"/"}},"user":{"traits":{}}}])";
  ASSERT_TRUE(decode(body).ok());
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(decode(body.substr(0, size)).ok()) << body.substr(0, size);
  }
}

TEST_F(DecodeTest, TakesTenThousandEventsAndNoMore) {
  std::string list = "[" + std::string(kLeast);
  for (std::size_t i = 1; i < kMaxEventsPerRequest; ++i) (list += ',') += kLeast;
  EXPECT_EQ(decode(list + "]")->count, kMaxEventsPerRequest);
  const auto more = decode(list + "," + std::string(kLeast) + "]");
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, Errc::too_large);
}

// --- lines -----------------------------------------------------------------------------------------------------------

TEST_F(DecodeTest, ABrokenLineIsRefusedAlone) {
  const std::string good(kLeast);
  ASSERT_TRUE(decode_lines(good + "\n{\"event\":\n\n \t\r\n" + good + "\r\n[" + good + "]\n5\n" + good + " {}\nx\n" + good).ok());
  EXPECT_EQ(order_, "ararrrra");
  EXPECT_EQ(refused_[0].code, "invalid_json");
  EXPECT_EQ(refused_[0].payload, "{\"event\":");
  EXPECT_EQ(refused_[1].code, "invalid_type");
  EXPECT_EQ(refused_[1].payload, "[" + good + "]");
  EXPECT_EQ(refused_[2].code, "invalid_type");
  EXPECT_EQ(refused_[3].code, "invalid_json");
  EXPECT_EQ(refused_[3].payload, good + " {}");
  EXPECT_EQ(refused_[4].code, "invalid_json");
}

TEST_F(DecodeTest, AnEventDoesNotGoOnInTheNextLine) {
  const std::string good(kLeast);
  ASSERT_TRUE(decode_lines(good + "\n{\"event\":\"a\",\"user_id\":\"u\",\"properties\":{\"x\":1}\n,\"value\":\"y\"}\n" + good + "\n{\n}\n" + good +
                           "," + good + "\n" + good).ok());
  EXPECT_EQ(order_, "arrarrra");
  for (const auto& refused : refused_) EXPECT_EQ(refused.code, "invalid_json") << refused.payload;
}

TEST_F(DecodeTest, OddLinesAmongMegabytesAreRefusedAlone) {
  const std::string long_line = R"({"event":"e","user_id":"u","note":")" + std::string(100'000, 'x') + "\"}";
  std::string lines, order;
  for (int i = 0; i < 6000; ++i) {
    const bool is_odd = i % 1499 == 7;
    lines += is_odd ? "{\"event\":\"\xFF\"}" : i % 500 == 0 ? long_line : std::string(kLeast);
    lines += i % 3 == 0 ? "\r\n" : "\n";
    order += is_odd ? 'r' : 'a';
  }
  ASSERT_TRUE(decode_lines(lines).ok());
  EXPECT_EQ(order_, order);
}

TEST_F(DecodeTest, ALineOfInvalidUtf8IsRefusedAlone) {
  ASSERT_TRUE(decode_lines(std::string(kLeast) + "\n{\"event\":\"\xFF\"}\n" + std::string(kLeast)).ok());
  EXPECT_EQ(order_, "ara");
}

TEST_F(DecodeTest, ALineWithAListOfEventsIsRefused) {
  ASSERT_TRUE(decode_lines(R"({"events":[]})").ok());
  EXPECT_EQ(order_, "r");
}

TEST_F(DecodeTest, TakesTenThousandLinesAndNoMore) {
  std::string lines;
  for (std::size_t i = 0; i < kMaxEventsPerRequest; ++i) (lines += kLeast) += '\n';
  EXPECT_EQ(decode_lines(lines)->count, kMaxEventsPerRequest);
  EXPECT_EQ(decode_lines(lines + std::string(kLeast)).error().code, Errc::too_large);
}

TEST_F(DecodeTest, LinesOfNothingHoldNoEvent) { EXPECT_FALSE(decode_lines("\n\n \r\n").ok()); }

}  // namespace
}  // namespace spectrum::ingest
