#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/huge_array.h"

namespace spectrum::bulk {

/// What the id of a row without event_id is derived from.
enum class IdFrom {
  content,   ///< its content, and how many equal rows came before it in this load
  position,  ///< the file's name and the row's line
  none,      ///< nothing: the server makes one, and loading again adds everything again
};

/// Derives ids that are the same in each load of the same rows. Keeps 8 bytes a row at up to three quarters full.
class ContentIds {
 public:
  ContentIds();

  /// The id of the next row with this content.
  std::string next(std::string_view content);

  static std::string of_position(std::string_view file, std::uint64_t line);

 private:
  /// How often a fingerprint came before.
  std::uint32_t count(std::uint64_t fingerprint);
  void grow();

  HugeArray<std::uint64_t> slots_;
  std::size_t used_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> repeated_;  // the few that came more than once
};

}  // namespace spectrum::bulk
