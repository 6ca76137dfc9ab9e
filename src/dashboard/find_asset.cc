#include <algorithm>

#include "dashboard/assets.h"

namespace spectrum::dashboard {

const Asset* find_asset(std::string_view path) {
  const auto all = assets();
  const auto found = std::ranges::find(all, path, &Asset::path);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace spectrum::dashboard
