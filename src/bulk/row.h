#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace spectrum::bulk {

/// Room that `Row::event` has behind its text, which parsers of JSON read into.
inline constexpr std::size_t kEventPadding = 64;

/// One row of a file: an event as one line of JSON, or why it holds none.
struct Row {
  std::uint64_t line = 0;
  std::string event;         ///< empty when the row is refused
  std::string_view code;     ///< of the refusal, a literal
  std::string message;
  std::string payload;       ///< the row as it is, when it is refused

  bool is_refused() const { return !code.empty(); }
};

/// Reads rows of one file, whatever its format. One thread at a time.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// False at the end. `invalid` when the file as a whole cannot be read on.
  virtual Result<bool> next(Row& row) = 0;
  /// `invalid` when the file's head says already that no row of it can be an event.
  virtual Status check_head() const { return {}; }
};

}  // namespace spectrum::bulk
