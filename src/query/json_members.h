#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace spectrum::query {

/// What kind of value a property has.
enum class ValueType { text, number, boolean, object, list };

std::string_view to_text(ValueType type);

/// Walks the members of JSON objects. Keeps its memory from one to the next; one thread at a time.
class JsonMembers {
 public:
  /// `text` is the value as filters compare it; empty for objects and lists. Nulls are left out, for they are absent.
  using Use = std::function<void(std::string_view name, ValueType type, std::string_view text)>;

  JsonMembers();
  ~JsonMembers();

  /// What is no JSON object has no members.
  void for_each(std::string_view object, const Use& use);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace spectrum::query
