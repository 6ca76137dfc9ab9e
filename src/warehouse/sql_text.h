#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace spectrum::warehouse {

/// Replaces each `{name}` of an `.sql` file by its value. Values are ours, never a user's; those travel as
/// parameters.
std::string fill(std::string_view sql,
                 std::initializer_list<std::pair<std::string_view, std::string_view>> values);

/// `text` as an SQL literal.
std::string quoted(std::string_view text);

/// A key of an object as JSON pointer (RFC 6901). DuckDB would take a bare `$a` or `*` for a path into the JSON.
std::string json_pointer(std::string_view key);

}  // namespace spectrum::warehouse
