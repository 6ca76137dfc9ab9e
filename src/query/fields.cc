#include "query/fields.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "query/failure.h"

namespace spectrum::query {
namespace {

/// Levenshtein's distance.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view text, std::initializer_list<std::string_view> candidates) {
  return *std::min_element(candidates.begin(), candidates.end(), [text](std::string_view a, std::string_view b) {
    return edits(text, a) < edits(text, b);
  });
}

std::string nearest_names(std::string_view text, std::vector<std::string> candidates, std::size_t count) {
  const auto middle = candidates.begin() + static_cast<std::ptrdiff_t>(std::min(count, candidates.size()));
  std::partial_sort(candidates.begin(), middle, candidates.end(), [text](const std::string& a, const std::string& b) {
    return std::pair(edits(text, a), std::string_view(a)) < std::pair(edits(text, b), std::string_view(b));
  });
  std::string names;
  for (auto name = candidates.begin(); name != middle; ++name) {
    names += (name == candidates.begin() ? "'" : name + 1 == middle ? " or '" : ", '") + *name + "'";
  }
  return names;
}

Status check_members(const Json& object, std::string_view pointer, std::initializer_list<std::string_view> known) {
  const auto* const members = object.object();
  if (!members) return refuse(pointer, "must be an object");
  for (const auto& [name, value] : *members) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return refuse(std::string(pointer) + "/" + name,
                  "is no field here; did you mean '" + std::string(nearest(name, known)) + "'?");
  }
  return {};
}

Result<std::string> text_member(const Json& object, std::string_view pointer, std::string_view name,
                                std::string_view fallback) {
  const Json* const member = object.find(name);
  if (!member || member->is_null()) return std::string(fallback);
  if (!member->string()) return refuse(std::string(pointer) + "/" + std::string(name), "must be text");
  return *member->string();
}

}  // namespace spectrum::query
