#pragma once

#include <memory>
#include <vector>

#include "log/segment_folder.h"

namespace spectrum::log {

/// Where the log ends.
struct LogEnd {
  std::uint64_t offset = 0;         ///< in the newest segment
  model::Position last = 0;         ///< of the last record
  std::uint64_t doubtful_bytes = 0; ///< remains of a commit that was never finished, behind `offset`
};

struct Recovered {
  std::vector<std::shared_ptr<Segment>> segments;
  LogEnd end;
};

/// Finds the records that are in the folder, changing nothing: headers are checked and must form a chain; only the newest
/// segment's records are read, the others' are checked when somebody reads them. `corrupt` names a missing or damaged
/// file, and a damaged record that intact later commits follow: it had been durable. What is left of an unfinished commit
/// is no damage; the log goes on in a new segment then, whose header says where this one ends.
Result<Recovered> recover(SegmentFolder& folder);

/// Where the records of a newest segment with these bytes end.
Result<LogEnd> find_end(const SegmentHeader& header, std::string_view segment, const std::string& path);

}  // namespace spectrum::log
