#include "load/batch.h"

#include <gmock/gmock.h>

#include "model/record.h"

namespace spectrum::load {
namespace {

constexpr Timestamp kHour{std::chrono::hours(497'000)};

template <typename What>
std::string encoded(const What& what) {
  std::string bytes;
  model::encode(what, bytes);
  return bytes;
}

class BatchTest : public testing::Test {
 protected:
  template <typename What>
  void add(const What& what) {
    texts_.push_back(encoded(what));
  }
  Status read(model::Position first = 1) {
    records_.clear();
    for (const auto& text : texts_) records_.push_back({first++, text});
    return batch_.read(records_);
  }
  static model::Event event() {
    model::Event event;
    event.event_id = "id";
    event.event_type = "signup";
    event.user_id = "ann";
    event.received_at = kHour + std::chrono::minutes(59);
    return event;
  }

  std::vector<std::string> texts_;
  std::vector<ports::StoredRecord> records_;
  Batch batch_;
};

TEST_F(BatchTest, SpansExactlyItsRecords) {
  add(event());
  add(event());
  ASSERT_TRUE(read(41).ok());
  const auto facts = batch_.facts(kHour);
  EXPECT_EQ(facts.after, 40u);
  EXPECT_EQ(facts.cursor, 42u);
  EXPECT_EQ(facts.deduplicated_since, kHour);
  EXPECT_EQ(facts.events[1].position, 42u);
  EXPECT_EQ(facts.events[1].event.event_id, "id");
}

TEST_F(BatchTest, CountsEachKindInItsHour) {
  add(event());
  auto later = event();
  later.received_at = kHour + std::chrono::hours(1);
  add(later);
  add(event());
  add(model::Rejection{.project_id = 1,
                       .received_at = kHour,
                       .code = "missing_field",
                       .message = "",
                       .pointer = "",
                       .payload = "{}",
                       .file = ""});
  add(model::Duplicates{.project_id = 1, .received_at = kHour, .count = 5});
  ASSERT_TRUE(read().ok());
  const auto ledger = batch_.facts({}).ledger;
  ASSERT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger[0].hour, kHour);
  EXPECT_EQ(ledger[0].stored, 2);
  EXPECT_EQ(ledger[0].duplicate, 5);
  EXPECT_EQ(ledger[0].quarantined, 1);
  EXPECT_EQ(ledger[1].stored, 1);
}

TEST_F(BatchTest, AReplayLeavesTheQuarantine) {
  auto replayed = event();
  replayed.replay_of = 7;
  add(replayed);
  add(model::Duplicates{.project_id = 1, .received_at = kHour, .count = 1, .replay_of = 8});
  ASSERT_TRUE(read(100).ok());
  const auto delta = batch_.facts({}).ledger[0];
  EXPECT_EQ(delta.stored, 1);
  EXPECT_EQ(delta.duplicate, 1);
  EXPECT_EQ(delta.quarantined, -2);
  ASSERT_EQ(batch_.replayed().size(), 2u);
  EXPECT_EQ(batch_.replayed()[0].item, 7u);
  EXPECT_EQ(batch_.replayed()[0].by, 100u);
  EXPECT_EQ(batch_.replayed()[1].item, 8u);
}

TEST_F(BatchTest, HandsOutRejectionsWithTheirPositions) {
  add(event());
  add(model::Rejection{.project_id = 2,
                       .received_at = kHour,
                       .code = "too_long",
                       .message = "m",
                       .pointer = "/a",
                       .payload = "{",
                       .file = "f"});
  ASSERT_TRUE(read(10).ok());
  ASSERT_EQ(batch_.rejections().size(), 1u);
  EXPECT_EQ(batch_.rejections()[0].position, 11u);
  EXPECT_EQ(batch_.rejections()[0].rejection.code, "too_long");
}

TEST_F(BatchTest, NamesARecordThatIsNone) {
  add(event());
  texts_.push_back("\x77");
  const auto read_them = read(10);
  EXPECT_EQ(read_them.error().code, Errc::corrupt);
  EXPECT_THAT(read_them.error().message, testing::HasSubstr("record 11"));
}

TEST_F(BatchTest, ForgetsTheBatchBefore) {
  add(model::Rejection{.project_id = 2,
                       .received_at = kHour,
                       .code = "c",
                       .message = "",
                       .pointer = "",
                       .payload = "",
                       .file = ""});
  ASSERT_TRUE(read().ok());
  texts_ = {encoded(event())};
  ASSERT_TRUE(read(2).ok());
  EXPECT_TRUE(batch_.rejections().empty());
  EXPECT_EQ(batch_.facts({}).ledger.size(), 1u);
}

}  // namespace
}  // namespace spectrum::load
