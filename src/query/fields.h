#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace spectrum::query {

/// Refuses members that are not in `known`, with a pointer and the nearest valid name.
Status check_members(const Json& object, std::string_view pointer, std::initializer_list<std::string_view> known);

/// A text member, or `fallback` when it is absent or null.
Result<std::string> text_member(const Json& object, std::string_view pointer, std::string_view name,
                                std::string_view fallback);

/// The entry of `candidates` that is fewest edits away from `text`.
std::string_view nearest(std::string_view text, std::initializer_list<std::string_view> candidates);

/// The nearest of some names, quoted, as `'a', 'b' or 'c'`; at most `count` of them.
std::string nearest_names(std::string_view text, std::vector<std::string> candidates, std::size_t count);

}  // namespace spectrum::query
