#include "ingest/intake.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <future>
#include <random>
#include <set>
#include <thread>

#include "base/time_text.h"
#include "log/segment_log.h"
#include "model/record.h"
#include "tests/support/event_logs.h"
#include "tests/support/temp_dir.h"

namespace spectrum::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string event_json(const std::string& id) { return R"({"event":"view","user_id":"u","event_id":")" + id + "\"}"; }

std::string list_json(const std::vector<std::string>& ids) {
  std::string list = "[";
  for (const auto& id : ids) list += (list.size() > 1 ? "," : "") + event_json(id);
  return list + "]";
}

/// A log that lets its batches wait until they are told to succeed or fail, in order.
class WaitingLog final : public ports::EventLog {
 public:
  void append(const ports::RecordBatch& batch, Done done) override { waiting_.push_back({batch, std::move(done)}); }
  void answer_next(bool stored) {
    auto [batch, done] = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    if (!stored) return done(unavailable("the disk is full"));
    const model::Position first = last_ + 1;
    last_ += batch.sizes.size();
    done(ports::Appended{first, last_});
  }
  Result<std::unique_ptr<ports::EventLogReader>> read_after(model::Position) override { return internal("not here"); }
  bool wait_beyond(model::Position, std::chrono::milliseconds) override { return false; }
  void release(model::Position) override {}
  ports::EventLogStats stats() const override { return {}; }
  Status close() override { return {}; }

 private:
  struct Waiting {
    ports::RecordBatch batch;
    Done done;
  };
  std::vector<Waiting> waiting_;
  model::Position last_ = 0;
};

class IntakeTest : public testing::Test {
 protected:
  /// Hands a body over, followed by bytes that only happen to be readable, and waits for the answer.
  Result<Receipt> accept(const std::string& body, Framing framing = Framing::json) {
    std::promise<Result<Receipt>> answer;
    {
      const std::string padded = body + std::string(64, ' ');
      intake_.accept(project_, std::string_view(padded).substr(0, body.size()), framing,
                     [&](Result<Receipt> receipt) { answer.set_value(std::move(receipt)); });
    }
    return answer.get_future().get();
  }
  Result<Receipt> load(const std::vector<BulkRow>& rows) {
    std::promise<Result<Receipt>> answer;
    intake_.load(project_, "clicks.csv", rows, [&](Result<Receipt> receipt) { answer.set_value(std::move(receipt)); });
    return answer.get_future().get();
  }
  Result<Receipt> replay(model::Position item, Timestamp received_at, const std::string& payload) {
    std::promise<Result<Receipt>> answer;
    intake_.replay(project_, item, received_at, payload, [&](Result<Receipt> receipt) { answer.set_value(std::move(receipt)); });
    return answer.get_future().get();
  }

  /// What the log holds: `+id` for an event, `-code` for a refusal, `=n` for duplicates.
  std::vector<std::string> logged() {
    std::vector<std::string> texts;
    for (const auto& bytes : read_all(*log_)) texts.push_back(text_of(*model::decode_record(bytes)));
    return texts;
  }
  static std::string text_of(const model::Record& record) {
    if (const auto* const event = std::get_if<model::Event>(&record)) return "+" + std::string(event->event_id);
    if (const auto* const rejection = std::get_if<model::Rejection>(&record)) return "-" + std::string(rejection->code);
    return "=" + std::to_string(std::get<model::Duplicates>(record).count);
  }
  /// One record, in bytes that live as long as the test.
  model::Record record(std::size_t index) {
    bytes_ = read_all(*log_);
    return *model::decode_record(bytes_.at(index));
  }

  static log::SegmentLogOptions log_options() {
    log::SegmentLogOptions options;
    options.min_free_bytes = 0;
    options.realtime_commits = false;
    return options;
  }

  TempDir folder_;
  ManualClock clock_{*parse_rfc3339("2026-11-21T12:00:00Z")};
  std::unique_ptr<log::SegmentLog> log_ = log::SegmentLog::open(folder_.path(), log_options(), clock_).value();
  Intake intake_{*log_, clock_, {}};
  const Intake::ProjectRef project_ = std::make_shared<model::Project>();
  std::vector<std::string> bytes_;
};

TEST_F(IntakeTest, AnAcceptedEventIsInTheLog) {
  const auto receipt = accept(event_json("a")).value();
  EXPECT_TRUE(receipt.is_single);
  EXPECT_EQ(receipt.accepted, 1);
  EXPECT_EQ(receipt.position, 1);
  EXPECT_THAT(receipt.event_ids, ElementsAre("a"));
  EXPECT_THAT(logged(), ElementsAre("+a"));
  EXPECT_EQ(std::get<model::Event>(record(0)).received_at, clock_.now());
}

TEST_F(IntakeTest, TheOrderOfARequestIsTheOrderOfTheLog) {
  EXPECT_EQ(accept(list_json({"c", "a", "b"})).value().position, 3);
  EXPECT_EQ(accept(list_json({"e", "d"})).value().position, 5);
  EXPECT_THAT(logged(), ElementsAre("+c", "+a", "+b", "+e", "+d"));
}

TEST_F(IntakeTest, ARepeatedRequestAddsNothing) {
  ASSERT_EQ(accept(list_json({"a", "b"})).value().accepted, 2);
  const auto again = accept(list_json({"a", "b"})).value();
  EXPECT_EQ(again.accepted, 0);
  EXPECT_EQ(again.duplicates, 2);
  EXPECT_GE(again.position, 2u);
  EXPECT_THAT(logged(), ElementsAre("+a", "+b", "=2"));
}

TEST_F(IntakeTest, ADuplicateSaysTheIdItCameWith) {
  ASSERT_TRUE(accept(event_json("a")).ok());
  const auto again = accept(event_json("a")).value();
  EXPECT_EQ(again.duplicates, 1);
  EXPECT_THAT(again.event_ids, ElementsAre("a"));
}

TEST_F(IntakeTest, ADuplicateInsideARequestIsCountedOnce) {
  const auto receipt = accept(list_json({"a", "b", "a", "c", "a"})).value();
  EXPECT_EQ(receipt.accepted, 3);
  EXPECT_EQ(receipt.duplicates, 2);
  EXPECT_THAT(logged(), ElementsAre("+a", "+b", "+c", "=2"));
}

TEST_F(IntakeTest, AnIdIsKnownInItsProjectOnly) {
  ASSERT_EQ(accept(event_json("a")).value().accepted, 1);
  auto other = std::make_shared<model::Project>();
  other->number = 2;
  std::promise<Result<Receipt>> answer;
  const std::string body = event_json("a") + std::string(64, ' ');
  intake_.accept(other, body, Framing::json, [&](Result<Receipt> receipt) { answer.set_value(std::move(receipt)); });
  EXPECT_EQ(answer.get_future().get().value().accepted, 1);
}

TEST_F(IntakeTest, RefusedEventsAreRecordsAmongTheOthers) {
  const auto receipt = accept("[" + event_json("a") + R"(,{"event":"x"},)" + event_json("b") + "]").value();
  EXPECT_EQ(receipt.accepted, 2);
  ASSERT_EQ(receipt.rejected.size(), 1);
  EXPECT_EQ(receipt.rejected[0].index, 1);
  EXPECT_EQ(receipt.rejected[0].refusal.code, "missing_field");
  EXPECT_THAT(logged(), ElementsAre("+a", "-missing_field", "+b"));
  const auto rejection = std::get<model::Rejection>(record(1));
  EXPECT_EQ(rejection.payload, R"({"event":"x"})");
  EXPECT_EQ(rejection.pointer, "/user_id");
  EXPECT_EQ(rejection.received_at, clock_.now());
  EXPECT_EQ(rejection.file, "");
}

TEST_F(IntakeTest, RefusedEventsStayInPlaceWhenDuplicatesGo) {
  ASSERT_TRUE(accept(event_json("a")).ok());
  ASSERT_TRUE(accept("[" + event_json("a") + R"(,{"event":"x"},)" + event_json("b") + "," + event_json("a") + "]").ok());
  EXPECT_THAT(logged(), ElementsAre("+a", "-missing_field", "+b", "=2"));
}

TEST_F(IntakeTest, ABodyThatIsNoJsonLeavesNoTrace) {
  EXPECT_EQ(accept("no JSON").error().code, Errc::invalid);
  EXPECT_EQ(accept("[" + event_json("a") + ", x]").error().code, Errc::invalid);
  EXPECT_THAT(logged(), IsEmpty());
  EXPECT_EQ(accept(event_json("a")).value().accepted, 1);
}

TEST_F(IntakeTest, SeveralEventsWithTheirOwnIdsGetNoListOfIds) {
  EXPECT_THAT(accept(list_json({"a", "b"})).value().event_ids, IsEmpty());
}

TEST_F(IntakeTest, OneIdPerEventWhenTheServerMadeAny) {
  const auto receipt = accept("[" + event_json("a") + R"(,{"event":"x"},{"event":"view","user_id":"u"},)" + event_json("b") + ",5]").value();
  ASSERT_EQ(receipt.event_ids.size(), 5);
  EXPECT_EQ(receipt.event_ids[0], "a");
  EXPECT_EQ(receipt.event_ids[1], "");
  EXPECT_EQ(receipt.event_ids[2].size(), 36);
  EXPECT_EQ(receipt.event_ids[3], "b");
  EXPECT_EQ(receipt.event_ids[4], "");
  EXPECT_EQ(std::get<model::Event>(record(2)).event_id, receipt.event_ids[2]);
}

TEST_F(IntakeTest, ASingleRefusedEventIsOne) {
  const auto receipt = accept(R"({"event":"x"})").value();
  EXPECT_TRUE(receipt.is_single);
  EXPECT_EQ(receipt.rejected.size(), 1);
  EXPECT_THAT(logged(), ElementsAre("-missing_field"));
}

TEST_F(IntakeTest, ManyThreadsStoreEachEventOnce) {
  constexpr int kThreads = 4, kRequests = 50;
  std::vector<std::thread> threads;
  std::atomic<std::size_t> accepted = 0, duplicates = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < kRequests; ++i) {
        std::vector<std::string> ids;
        for (int k = 0; k < 20; ++k) ids.push_back("id-" + std::to_string(random() % 500));
        const auto receipt = accept(list_json(ids)).value();
        accepted += receipt.accepted;
        duplicates += receipt.duplicates;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::multiset<std::string> stored;
  for (const auto& text : logged()) {
    if (text.starts_with("+")) stored.insert(text);
  }
  EXPECT_EQ(stored.size(), std::set(stored.begin(), stored.end()).size());
  EXPECT_EQ(stored.size(), accepted);
  EXPECT_EQ(accepted + duplicates, kThreads * kRequests * 20u);
  EXPECT_EQ(intake_.stats().accepted, accepted);
  EXPECT_EQ(intake_.stats().duplicates, duplicates);
}

// --- what was stored before ------------------------------------------------------------------------------------------

TEST_F(IntakeTest, ARememberedIdIsADuplicate) {
  {
    Intake::Recall recall(intake_);
    recall.expect(project_->number, 2);
    recall.add(project_->number, "a", clock_.now());
    recall.add(project_->number, "01890a5d-ac96-774b-bcce-b302099a8057", clock_.now());
  }
  EXPECT_EQ(accept(list_json({"a", "01890a5d-ac96-774b-bcce-b302099a8057", "b"})).value().duplicates, 2);
}

TEST_F(IntakeTest, ManyIdsAreRememberedWhole) {
  constexpr std::size_t kIds = 200'000;
  {
    Intake::Recall recall(intake_);
    for (std::size_t i = 0; i < kIds; ++i) recall.add(project_->number, "e" + std::to_string(i), clock_.now());
  }
  EXPECT_EQ(intake_.stats().ids, kIds);
  EXPECT_EQ(accept(list_json({"e0", "e70000", "e199999", "e200000"})).value().duplicates, 3);
}

TEST_F(IntakeTest, IdsAreForgottenBehindTheWindow) {
  ASSERT_TRUE(accept(event_json("a")).ok());
  clock_.advance(std::chrono::hours(31 * 24));
  intake_.forget_old();
  EXPECT_EQ(accept(event_json("a")).value().duplicates, 1);
  clock_.advance(std::chrono::seconds(1));
  intake_.forget_old();
  EXPECT_EQ(accept(event_json("a")).value().accepted, 1);
  EXPECT_EQ(intake_.deduplicated_since(), clock_.now() - std::chrono::hours(31 * 24));
}

// --- files -----------------------------------------------------------------------------------------------------------

TEST_F(IntakeTest, RowsOfAFileSayWhereTheyStand) {
  const std::string good = event_json("a") + std::string(64, ' '), bad = std::string(R"({"event":"x"})") + std::string(64, ' ');
  const auto receipt = load({{1, std::string_view(good).substr(0, good.size() - 64), {}, {}},
                             {2, {}, Refusal{"invalid_value", "too few fields", ""}, "x;y"},
                             {4, std::string_view(bad).substr(0, bad.size() - 64), {}, {}}})
                           .value();
  EXPECT_EQ(receipt.accepted, 1);
  EXPECT_EQ(receipt.rejected.size(), 2);
  EXPECT_THAT(logged(), ElementsAre("+a", "-invalid_value", "-missing_field"));
  const auto first = std::get<model::Rejection>(record(1));
  EXPECT_EQ(first.file, "clicks.csv");
  EXPECT_EQ(first.line, 2);
  EXPECT_EQ(first.payload, "x;y");
  const auto second = std::get<model::Rejection>(record(2));
  EXPECT_EQ(second.line, 4);
  EXPECT_EQ(second.payload, R"({"event":"x"})");
}

TEST_F(IntakeTest, ARowThatIsRefusedOnceMoreIsADuplicate) {
  const auto row = [](std::uint64_t line, std::string_view payload) {
    return BulkRow{line, {}, Refusal{"invalid_value", "too few fields", ""}, payload};
  };
  ASSERT_EQ(load({row(2, "x;y"), row(3, "x;y")}).value().rejected.size(), 2u);
  const auto again = load({row(2, "x;y"), row(3, "z"), row(4, "x;y")}).value();
  EXPECT_EQ(again.accepted, 0);
  EXPECT_EQ(again.duplicates, 1);
  ASSERT_EQ(again.rejected.size(), 2u);
  EXPECT_EQ(again.rejected[0].index, 1);
  EXPECT_EQ(again.rejected[1].index, 2);
  EXPECT_THAT(logged(), ElementsAre("-invalid_value", "-invalid_value", "-invalid_value", "-invalid_value", "=1"));
}

TEST_F(IntakeTest, ARecalledRowIsADuplicate) {
  {
    Intake::Recall recall(intake_);
    recall.add_refused(project_->number, "clicks.csv", 2, "x;y", clock_.now());
  }
  EXPECT_EQ(load({{2, {}, Refusal{"invalid_value", "too few fields", ""}, "x;y"}}).value().duplicates, 1u);
}

// --- replay ----------------------------------------------------------------------------------------------------------

TEST_F(IntakeTest, AReplayedEventIsMarkedAndKeepsItsTimeOfReceipt) {
  const Timestamp first_receipt = clock_.now() - std::chrono::hours(48);
  ASSERT_EQ(replay(7, first_receipt, R"({"event":"view","user_id":"u"})").value().accepted, 1);
  const auto event = std::get<model::Event>(record(0));
  EXPECT_EQ(event.replay_of, 7);
  EXPECT_EQ(event.occurred_at, first_receipt);
  EXPECT_EQ(event.received_at, first_receipt);
}

TEST_F(IntakeTest, WhatWasTooFarAheadIsTakenOnceItsTimeIsNear) {
  const std::string payload = R"({"event":"view","user_id":"u","timestamp":")" + format_rfc3339(clock_.now() + std::chrono::hours(30)) + "\"}";
  const Timestamp first_receipt = clock_.now();
  ASSERT_EQ(replay(7, first_receipt, payload).value().rejected.size(), 1u);
  clock_.advance(std::chrono::hours(10));
  ASSERT_EQ(replay(7, first_receipt, payload).value().accepted, 1u);
  EXPECT_EQ(std::get<model::Event>(record(0)).received_at, first_receipt);
}

TEST_F(IntakeTest, ReplayingTwiceStoresOnce) {
  ASSERT_EQ(replay(7, clock_.now(), R"({"event":"view","user_id":"u"})").value().accepted, 1);
  EXPECT_EQ(replay(7, clock_.now(), R"({"event":"view","user_id":"u"})").value().duplicates, 1);
  EXPECT_EQ(std::get<model::Duplicates>(record(1)).replay_of, 7);
}

TEST_F(IntakeTest, ReplayingWhatWasStoredMeanwhileIsADuplicate) {
  ASSERT_TRUE(accept(event_json("a")).ok());
  EXPECT_EQ(replay(7, clock_.now(), event_json("a")).value().duplicates, 1);
  EXPECT_THAT(logged(), ElementsAre("+a", "=1"));
}

TEST_F(IntakeTest, WhatIsStillRefusedIsNotReplayed) {
  for (const std::string payload : {R"({"event":"x"})", "no JSON", "[]", "5"}) {
    EXPECT_EQ(replay(7, clock_.now(), payload).value().rejected.size(), 1u) << payload;
  }
  EXPECT_EQ(replay(7, clock_.now(), R"({"event":"x"})").value().rejected.front().refusal.pointer, "/user_id");
  EXPECT_EQ(replay(7, clock_.now(), list_json({"a", "b"})).value().rejected.front().refusal.code, "invalid_type");
  EXPECT_THAT(logged(), IsEmpty());
  EXPECT_EQ(accept(event_json("a")).value().accepted, 1);
}

// --- storage that fails ----------------------------------------------------------------------------------------------

TEST_F(IntakeTest, AClosedLogRefusesAndCountsWhatItRefused) {
  ASSERT_TRUE(log_->close().ok());
  EXPECT_EQ(accept(list_json({"a", "b"})).error().code, Errc::unavailable);
  EXPECT_EQ(intake_.stats().limited, 2);
  EXPECT_EQ(intake_.stats().ids, 0);
  const auto limited = intake_.take_limited();
  ASSERT_EQ(limited.size(), 1);
  EXPECT_EQ(limited[0].project, project_->number);
  EXPECT_EQ(limited[0].hour, *parse_rfc3339("2026-11-21T12:00:00Z"));
  EXPECT_EQ(limited[0].events, 2);
  EXPECT_THAT(intake_.take_limited(), IsEmpty());
}

// --- more than a project may send ------------------------------------------------------------------------------------

TEST_F(IntakeTest, BeyondTheRateNothingIsTakenAndAllOfItIsCounted) {
  Intake intake(*log_, clock_, {std::chrono::hours(24), 1});
  const auto send = [&](const std::string& body) {
    std::promise<Result<Receipt>> answer;
    const std::string padded = body + std::string(64, ' ');
    intake.accept(project_, std::string_view(padded).substr(0, body.size()), Framing::json,
                  [&](Result<Receipt> receipt) { answer.set_value(std::move(receipt)); });
    return answer.get_future().get();
  };
  std::vector<std::string> many(100);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = std::to_string(i);
  ASSERT_EQ(send(list_json(many)).value().accepted, 100);
  const auto refused = send(list_json({"a", "b"}));
  EXPECT_EQ(refused.error().code, Errc::limited);
  EXPECT_THAT(refused.error().retry_after.count(), testing::AllOf(testing::Gt(90), testing::Le(100)));
  EXPECT_EQ(logged().size(), 100);
  const auto limited = intake.take_limited();
  ASSERT_EQ(limited.size(), 1);
  EXPECT_EQ(limited[0].events, 2);

}

class IntakeOnWaitingLogTest : public testing::Test {
 protected:
  /// Starts a request; its answer is in `answers_` when the log has given one.
  std::size_t send(const std::vector<std::string>& ids) {
    const std::size_t index = answers_.size();
    answers_.emplace_back();
    const std::string body = list_json(ids) + std::string(64, ' ');
    intake_.accept(project_, std::string_view(body).substr(0, body.size() - 64), Framing::json,
                   [this, index](const Result<Receipt>& receipt) { answers_[index] = text_of(receipt); });
    return index;
  }
  static std::string text_of(const Result<Receipt>& receipt) {
    if (!receipt) return std::string(name(receipt.error().code));
    return std::to_string(receipt->accepted) + " new, " + std::to_string(receipt->duplicates) + " known";
  }

  WaitingLog log_;
  ManualClock clock_{from_micros(0)};
  Intake intake_{log_, clock_, {}};
  const Intake::ProjectRef project_ = std::make_shared<model::Project>();
  std::vector<std::string> answers_;
};

TEST_F(IntakeOnWaitingLogTest, NothingIsAnsweredBeforeItIsDurable) {
  send({"a"});
  EXPECT_EQ(answers_[0], "");
  log_.answer_next(true);
  EXPECT_EQ(answers_[0], "1 new, 0 known");
}

TEST_F(IntakeOnWaitingLogTest, IdsOfAFailedRequestAreUnknownAgain) {
  send({"a", "b"});
  log_.answer_next(false);
  EXPECT_EQ(answers_[0], "unavailable");
  send({"a", "b"});
  log_.answer_next(true);
  EXPECT_EQ(answers_[1], "2 new, 0 known");
}

TEST_F(IntakeOnWaitingLogTest, AFailedRequestDoesNotForgetWhatOthersStored) {
  send({"a"});
  log_.answer_next(true);
  send({"a", "b"});
  log_.answer_next(false);
  send({"a", "b"});
  log_.answer_next(true);
  EXPECT_EQ(answers_[2], "1 new, 1 known");
}

TEST_F(IntakeOnWaitingLogTest, ADuplicateOfWhatFailsIsToBeSentAgain) {
  send({"a"});
  send({"a", "b"});  // the client's second try, while the first one waits
  log_.answer_next(false);
  log_.answer_next(true);
  EXPECT_EQ(answers_[0], "unavailable");
  EXPECT_EQ(answers_[1], "unavailable");
  send({"a", "b"});
  log_.answer_next(true);
  EXPECT_EQ(answers_[2], "1 new, 1 known");
}

TEST_F(IntakeOnWaitingLogTest, AFailureBesideItDoesNotConcernARequestOfNewEvents) {
  send({"a"});
  send({"b"});
  log_.answer_next(false);
  log_.answer_next(true);
  EXPECT_EQ(answers_[1], "1 new, 0 known");
}

}  // namespace
}  // namespace spectrum::ingest
