#include "model/record.h"

#include <gmock/gmock.h>

#include "tests/support/random_events.h"

namespace spectrum::model {
namespace {

std::string bytes_of(const Event& event) {
  std::string bytes;
  encode(event, bytes);
  return bytes;
}
std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

Rejection a_rejection() {
  return {.project_id = 300, .received_at = from_micros(1), .code = "too_long", .message = "m", .pointer = "/p",
          .payload = "{}", .file = "f", .line = 128};
}

TEST(RecordTest, AnEventIsRestoredWhole) {
  RandomEvents random(1);
  for (int i = 0; i < 2000; ++i) {
    Event event = random.next();
    if (i % 3 == 0) event.product_price_usd = -0.5;
    if (i % 5 == 0) event.replay_of = 1ull << 40;
    const std::string bytes = bytes_of(event);
    const auto record = decode_record(bytes).value();
    const auto& read = std::get<Event>(record);
    EXPECT_EQ(bytes_of(read), bytes) << i;
    EXPECT_EQ(read.event_id, event.event_id);
    EXPECT_EQ(read.properties, event.properties);
    EXPECT_EQ(read.value, event.value);
    EXPECT_EQ(read.amount_minor, event.amount_minor);
    EXPECT_EQ(read.product_price_usd, event.product_price_usd);
    EXPECT_EQ(read.replay_of, event.replay_of);
    EXPECT_EQ(read.occurred_at, event.occurred_at);
    EXPECT_EQ(read.received_at, event.received_at);
  }
}

TEST(RecordTest, ARejectionIsRestoredWhole) {
  std::string bytes;
  encode(a_rejection(), bytes);
  const auto record = decode_record(bytes).value();
  const auto& read = std::get<Rejection>(record);
  EXPECT_EQ(read.project_id, 300);
  EXPECT_EQ(read.received_at, from_micros(1));
  EXPECT_EQ(read.code, "too_long");
  EXPECT_EQ(read.message, "m");
  EXPECT_EQ(read.pointer, "/p");
  EXPECT_EQ(read.payload, "{}");
  EXPECT_EQ(read.file, "f");
  EXPECT_EQ(read.line, 128);
}

TEST(RecordTest, DuplicatesAreRestoredWhole) {
  std::string bytes;
  encode(Duplicates{2, from_micros(-1), 10'000, 7}, bytes);
  const auto record = decode_record(bytes).value();
  const auto& read = std::get<Duplicates>(record);
  EXPECT_EQ(read.project_id, 2);
  EXPECT_EQ(read.received_at, from_micros(-1));
  EXPECT_EQ(read.count, 10'000);
  EXPECT_EQ(read.replay_of, 7);
}

// What older files hold must stay readable: these bytes never change.
TEST(RecordTest, TheBytesOfAnEventAreTheFormats) {
  Event event;
  event.project_id = 1;
  event.received_at = from_micros(2);
  event.occurred_at = from_micros(3);
  event.event_id = "e";
  event.event_type = "view";
  event.user_id = "u";
  event.context = "{}";
  event.value = 1.0;
  event.replay_of = 5;
  EXPECT_EQ(hex(bytes_of(event)),
            "01" "01" "0200000000000000" "0300000000000000" "07000409" "0165" "0476696577" "0175" "027b7d" "000000000000f03f" "05");
}

TEST(RecordTest, TheBytesOfARejectionAreTheFormats) {
  std::string bytes;
  encode(a_rejection(), bytes);
  EXPECT_EQ(hex(bytes), "02" "ac02" "0100000000000000" "08746f6f5f6c6f6e67" "016d" "022f70" "027b7d" "0166" "8001");
}

TEST(RecordTest, TheBytesOfDuplicatesAreTheFormats) {
  std::string bytes;
  encode(Duplicates{1, from_micros(1), 2, 3}, bytes);
  EXPECT_EQ(hex(bytes), "03" "01" "0100000000000000" "02" "03");
}

TEST(RecordTest, EveryTruncationIsCorrupt) {
  RandomEvents random(2);
  for (int i = 0; i < 50; ++i) {
    const std::string bytes = bytes_of(random.next());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto record = decode_record(std::string_view(bytes).substr(0, size));
      ASSERT_FALSE(record.ok()) << size;
      ASSERT_EQ(record.error().code, Errc::corrupt) << size;
    }
  }
}

TEST(RecordTest, TheHeadOfAnEventIsReadAlone) {
  Event event;
  event.project_id = 300;
  event.received_at = from_micros(7);
  event.event_id = "evt_1";
  event.event_type = "buy";
  event.user_id = "u";
  const std::string bytes = bytes_of(event);
  const auto head = event_head(bytes);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->project_id, 300);
  EXPECT_EQ(head->received_at, from_micros(7));
  EXPECT_EQ(head->event_id, "evt_1");
  EXPECT_FALSE(event_head(std::string_view(bytes).substr(0, 20)));

  std::string other;
  encode(a_rejection(), other);
  EXPECT_FALSE(event_head(other));
  EXPECT_FALSE(event_head({}));
}

TEST(RecordTest, WhatFollowsARecordIsCorrupt) {
  std::string bytes;
  encode(a_rejection(), bytes);
  EXPECT_EQ(decode_record(bytes + '\0').error().code, Errc::corrupt);
}

TEST(RecordTest, AnUnknownKindIsCorrupt) {
  std::string bytes = bytes_of(RandomEvents(3).next());
  for (int kind = 0; kind < 256; ++kind) {
    if (kind >= 1 && kind <= 3) continue;
    bytes[0] = static_cast<char>(kind);
    EXPECT_EQ(decode_record(bytes).error().code, Errc::corrupt) << kind;
  }
}

TEST(RecordTest, AFieldOfALaterFormatIsCorruptRatherThanLost) {
  Event event;
  event.event_id = "e";
  std::string bytes = bytes_of(event);
  bytes[1 + 1 + 8 + 8 + 3] |= 0x40;  // a bit of the mask that means nothing yet
  EXPECT_EQ(decode_record(bytes).error().code, Errc::corrupt);
}

TEST(RecordTest, RandomBytesNeverReadBeyondThemselves) {
  std::mt19937 random(4);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 60, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random() % 4 == 0 ? random() : random() % 4);
    (void)decode_record(bytes).ok();
  }
}

}  // namespace
}  // namespace spectrum::model
