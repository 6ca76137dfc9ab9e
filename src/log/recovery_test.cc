#include "log/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "log/log_reader.h"
#include "log/segment_log.h"
#include "tests/support/event_logs.h"
#include "tests/support/temp_dir.h"

namespace spectrum::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

void write_whole(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// What a log with these files holds, without changing them.
Result<std::vector<std::string>> records_in(const std::string& path) {
  SegmentFolder folder(path, Storage::real());
  TRY(auto recovered, recover(folder));
  Segments segments;
  for (auto& segment : recovered.segments) segments.add(segment);
  if (recovered.segments.empty()) return std::vector<std::string>();
  segments.advance(recovered.end.offset, recovered.end.last);
  TRY(auto reader, LogReader::open(segments, recovered.segments.front()->header.first - 1));
  std::vector<std::string> records;
  for (;;) {
    TRY(const auto some, reader->next(1 << 16));
    if (some.empty()) return records;
    for (const auto& record : some) records.emplace_back(record.bytes);
  }
}

constexpr std::size_t kRecordBytes = 60;
constexpr std::size_t kFrameBytes = kFrameHeaderBytes + kRecordBytes;

/// Seven records, each its own commit, in three segments; the last holds one of them.
class DamagedLogTest : public ::testing::Test {
 protected:
  DamagedLogTest() {
    auto log = open();
    for (int i = 0; i < 7; ++i) {
      records_.push_back(std::string(kRecordBytes, static_cast<char>('a' + i)));
      SPECTRUM_ASSERT(append(*log, {records_.back()}).ok(), "the log accepts");
    }
    SPECTRUM_ASSERT(log->close().ok(), "the log closes");
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
      if (!file.path().filename().string().starts_with("spare")) paths_.push_back(file.path().string());
    }
    std::sort(paths_.begin(), paths_.end());
  }
  std::unique_ptr<SegmentLog> open() { return std::move(try_open()).value(); }
  Result<std::unique_ptr<SegmentLog>> try_open() {
    SegmentLogOptions options;
    options.segment_bytes = kHeaderBytes + 3 * kFrameBytes + 10;
    options.min_free_bytes = 0;
    options.realtime_commits = false;
    return SegmentLog::open(folder_.path(), options, clock_);
  }
  /// The bytes of a segment's file that mean something, and a few of the header's zeros.
  static std::vector<std::size_t> places_in(const std::string& file) {
    std::vector<std::size_t> places;
    for (std::size_t at = 0; at < file.size(); at += at >= 80 && at < kHeaderBytes - 16 ? 16 : 1) places.push_back(at);
    return places;
  }
  std::vector<std::string> first_records(std::size_t count) const {
    return {records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(count)};
  }

  TempDir folder_;
  SystemClock clock_;
  std::vector<std::string> records_;
  std::vector<std::string> paths_;
};

TEST_F(DamagedLogTest, EveryTruncationIsRefusedOrLosesOnlyTheNewestRecords) {
  ASSERT_EQ(paths_.size(), 3);
  for (std::size_t segment = 0; segment < paths_.size(); ++segment) {
    const std::string whole = read_file(paths_[segment]).value();
    for (const std::size_t size : places_in(whole)) {
      write_whole(paths_[segment], std::string_view(whole).substr(0, size));
      const auto found = records_in(folder_.path());
      if (!found.ok()) {
        ASSERT_EQ(found.error().code, Errc::corrupt) << paths_[segment] << " cut to " << size;
        ASSERT_THAT(found.error().message, HasSubstr(paths_[segment])) << "cut to " << size;
        continue;
      }
      const std::size_t expected = segment == 2 && size < kHeaderBytes + kFrameBytes ? 6 : 7;
      ASSERT_TRUE(*found == first_records(expected)) << paths_[segment] << " cut to " << size;
    }
    write_whole(paths_[segment], whole);
  }
}

TEST_F(DamagedLogTest, EveryFlippedBitIsRefusedOrLosesOnlyTheNewestCommit) {
  for (const auto& path : paths_) {
    const std::string whole = read_file(path).value();
    for (const std::size_t at : places_in(whole)) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
        write_whole(path, flipped);
        const auto found = records_in(folder_.path());
        const bool is_refused = !found.ok() && found.error().code == Errc::corrupt;
        const bool lost_newest = found.ok() && path == paths_.back() && *found == first_records(6);
        ASSERT_TRUE(is_refused || lost_newest || (found.ok() && *found == records_)) << path << " at " << at;
      }
    }
    write_whole(path, whole);
  }
}

TEST_F(DamagedLogTest, DamageInASealedSegmentIsFoundWhenItIsReadAndNamesFileAndOffset) {
  std::string bytes = read_file(paths_[0]).value();
  bytes[kHeaderBytes + kFrameBytes + 20] ^= 1;
  write_whole(paths_[0], bytes);
  auto log = open();
  auto reader = std::move(log->read_after(0)).value();
  const auto found = reader->next(1 << 20);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Errc::corrupt);
  EXPECT_THAT(found.error().message, HasSubstr(paths_[0] + " is damaged at offset 4172, position 2"));
  EXPECT_EQ(read_all(*log, 3).size(), 4) << "what is intact stays readable";
}

TEST_F(DamagedLogTest, AMissingSegmentIsRefused) {
  std::filesystem::remove(paths_[1]);
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_THAT(opened.error().message, HasSubstr("is missing"));
}

TEST_F(DamagedLogTest, ASegmentOfAnotherLogIsRefused) {
  const std::string mine = read_file(paths_[1]).value();
  SegmentHeader header = decode_header(mine, paths_[1]).value();
  header.salt ^= 1;
  write_whole(paths_[1], encode(header) + mine.substr(kHeaderBytes));
  EXPECT_EQ(try_open().error().code, Errc::corrupt);
}

TEST_F(DamagedLogTest, AFutureFormatIsRefusedByItsNumber) {
  std::string bytes = read_file(paths_[0]).value();
  bytes[8] = 9;
  std::string checked = bytes.substr(0, kHeaderBytes - 4);
  const std::uint32_t checksum = crc32c(checked);
  checked.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  write_whole(paths_[0], checked + bytes.substr(kHeaderBytes));
  EXPECT_THAT(try_open().error().message, HasSubstr("log format 9"));
}

TEST_F(DamagedLogTest, AfterATornCommitTheLogGoesOnInANewSegment) {
  const std::string whole = read_file(paths_[2]).value();
  std::string torn = whole;
  torn.resize(kHeaderBytes + 2 * kFrameBytes);
  const auto header = decode_header(whole, paths_[2]).value();
  put_frame(torn.data() + kHeaderBytes + kFrameBytes, header.salt, kCommitStart | kBatchEnd | kRecordBytes, 8, records_[6]);
  torn.resize(torn.size() - 1);
  write_whole(paths_[2], torn);
  {
    auto log = open();
    EXPECT_EQ(log->stats().last, 7);
    EXPECT_EQ(append(*log, {"after"}).value().last, 8);
    EXPECT_EQ(read_all(*log, 6), std::vector<std::string>({records_[6], "after"}));
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "0000000000000004.log"));
  // Even if the torn record's last byte arrived late, it would not come back.
  torn.push_back(records_[6].back());
  write_whole(paths_[2], torn);
  EXPECT_EQ(read_all(*open(), 6), std::vector<std::string>({records_[6], "after"}));
}

TEST_F(DamagedLogTest, RecoveryMayBeRepeated) {
  std::string torn = read_file(paths_[2]).value();
  torn.resize(kHeaderBytes + kFrameBytes - 10);
  write_whole(paths_[2], torn);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(read_all(*open()), first_records(6)) << "opened " << i + 1 << " times";
}

/// The bytes of a segment, record by record.
class FindEndTest : public ::testing::Test {
 protected:
  FindEndTest() : bytes_(encode(header_)) {}

  void add(std::uint32_t marks, const std::string& payload) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + kFrameHeaderBytes + payload.size());
    put_frame(bytes_.data() + at, header_.salt, marks | static_cast<std::uint32_t>(payload.size()), next_++, payload);
    ends_.push_back(bytes_.size());
  }
  Result<LogEnd> end() const { return find_end(header_, bytes_, "a.log"); }

  const SegmentHeader header_{.number = 3, .capacity = 1 << 20, .first = 100, .salt = 0xABCDEF};
  std::string bytes_;
  model::Position next_ = 100;
  std::vector<std::size_t> ends_;
};

TEST_F(FindEndTest, AnEmptySegmentEndsBehindItsHeader) {
  EXPECT_EQ(end().value().offset, kHeaderBytes);
  EXPECT_EQ(end().value().last, 99);
  EXPECT_EQ(end().value().doubtful_bytes, 0);
}

TEST_F(FindEndTest, ZerosBehindTheLastRecordAreNoDamage) {
  add(kCommitStart | kBatchEnd, "one");
  bytes_.append(5000, '\0');
  EXPECT_EQ(end().value().offset, ends_[0]);
  EXPECT_EQ(end().value().last, 100);
  EXPECT_EQ(end().value().doubtful_bytes, 0);
}

TEST_F(FindEndTest, OldRecordsOfARecycledFileAreNoDamage) {
  add(kCommitStart | kBatchEnd, "one");
  std::string old(kFrameHeaderBytes + 3, '\0');
  put_frame(old.data(), header_.salt + 1, kCommitStart | kBatchEnd | 3, 102, "old");
  bytes_ += "garbage" + old + old;
  EXPECT_EQ(end().value().last, 100);
  EXPECT_EQ(end().value().doubtful_bytes, 0);
}

TEST_F(FindEndTest, AnUnfinishedBatchIsLeftOutWhole) {
  add(kCommitStart | kBatchEnd, "one");
  add(kCommitStart, "two");
  add(0, "three");
  EXPECT_EQ(end().value().last, 100);
  EXPECT_EQ(end().value().offset, ends_[0]);
  EXPECT_EQ(end().value().doubtful_bytes, bytes_.size() - ends_[0]);
}

TEST_F(FindEndTest, WholeBatchesOfATornCommitAreKept) {
  add(kCommitStart | kBatchEnd, "one");
  add(kCommitStart | kBatchEnd, "two");
  add(kBatchEnd, "three");
  bytes_.resize(bytes_.size() - 1);
  EXPECT_EQ(end().value().last, 101);
  EXPECT_GT(end().value().doubtful_bytes, 0);
}

TEST_F(FindEndTest, ACommitWhoseBytesArrivedOutOfOrderIsCutAtTheFirstHole) {
  add(kCommitStart | kBatchEnd, "one");
  add(kCommitStart | kBatchEnd, "two");
  add(kBatchEnd, "three");
  std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(ends_[0]), bytes_.begin() + static_cast<std::ptrdiff_t>(ends_[1]), '\0');
  EXPECT_EQ(end().value().last, 100);
  EXPECT_EQ(end().value().doubtful_bytes, ends_[2] - ends_[0]);
}

TEST_F(FindEndTest, ADamagedRecordBeforeALaterCommitIsCorrupt) {
  add(kCommitStart | kBatchEnd, "one");
  add(kCommitStart | kBatchEnd, "two");
  add(kCommitStart | kBatchEnd, "three");
  bytes_[ends_[0] + kFrameHeaderBytes] ^= 1;
  ASSERT_FALSE(end().ok());
  EXPECT_EQ(end().error().code, Errc::corrupt);
  EXPECT_THAT(end().error().message, HasSubstr("a.log is damaged at offset " + std::to_string(ends_[0]) + ", position 101"));
}

TEST_F(FindEndTest, ARecordInsideARecordIsNotTakenForOne) {
  std::string inner(kFrameHeaderBytes + 3, '\0');
  put_frame(inner.data(), 0, kCommitStart | kBatchEnd | 3, 102, "abc");
  add(kCommitStart | kBatchEnd, "one");
  add(kCommitStart | kBatchEnd, "before" + inner + "after");
  bytes_.back() ^= 1;
  EXPECT_EQ(end().value().last, 100);
}

}  // namespace
}  // namespace spectrum::log
