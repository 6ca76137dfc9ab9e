#pragma once

#include <memory>
#include <vector>

#include "base/file.h"
#include "log/segments.h"
#include "ports/event_log.h"

namespace spectrum::log {

/// Reads durable records in order and checks each. Its segment stays readable when it is released meanwhile.
class LogReader final : public ports::EventLogReader {
 public:
  /// Starts behind `after`. The segments must outlive the reader.
  static Result<std::unique_ptr<LogReader>> open(const Segments& segments, model::Position after);

  Result<std::span<const ports::StoredRecord>> next(std::size_t max_bytes) override;

 private:
  explicit LogReader(const Segments& segments) : segments_(segments) {}

  Status enter(std::shared_ptr<const Segment> segment);
  Status skip_to(model::Position position);
  Status read_records(std::uint64_t end, std::size_t max_bytes);
  Status fetch(std::size_t bytes);
  Status parse(std::uint64_t end);
  Error damaged(const std::string& what, std::size_t parsed) const;

  const Segments& segments_;
  std::shared_ptr<const Segment> segment_;
  Fd file_;
  std::uint64_t offset_ = 0;       ///< in the segment, of the first record not handed out
  model::Position expected_ = 0;   ///< the position of that record
  std::unique_ptr<char[]> buffer_; ///< the segment's bytes from offset_ on
  std::size_t buffer_bytes_ = 0;
  std::size_t fetched_ = 0;
  std::vector<ports::StoredRecord> records_;
};

}  // namespace spectrum::log
