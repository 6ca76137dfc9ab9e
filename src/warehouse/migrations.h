#pragma once

#include <span>
#include <string_view>

namespace spectrum::warehouse {

/// A step of the schema. Steps are append only: what was released is never edited.
struct Migration {
  int version;
  std::string_view sql;
};

/// All steps, ascending.
std::span<const Migration> migrations();

}  // namespace spectrum::warehouse
