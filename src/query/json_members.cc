#include "query/json_members.h"

#include <simdjson.h>

#include "query/number_text.h"

namespace spectrum::query {

struct JsonMembers::Parser {
  simdjson::dom::parser parser;
};

JsonMembers::JsonMembers() : parser_(std::make_unique<Parser>()) {}
JsonMembers::~JsonMembers() = default;

std::string_view to_text(ValueType type) {
  switch (type) {
    case ValueType::text: return "text";
    case ValueType::number: return "number";
    case ValueType::boolean: return "boolean";
    case ValueType::object: return "object";
    case ValueType::list: return "list";
  }
  return "text";
}

void JsonMembers::for_each(std::string_view object, const Use& use) {
  using simdjson::dom::element_type;
  if (object.empty()) return;
  simdjson::dom::object members;
  if (parser_->parser.parse(object.data(), object.size()).get_object().get(members)) return;
  for (const auto member : members) {
    switch (member.value.type()) {
      case element_type::STRING: use(member.key, ValueType::text, member.value.get_string().value_unsafe()); break;
      case element_type::INT64: use(member.key, ValueType::number, std::to_string(member.value.get_int64().value_unsafe())); break;
      case element_type::UINT64: use(member.key, ValueType::number, std::to_string(member.value.get_uint64().value_unsafe())); break;
      case element_type::DOUBLE: use(member.key, ValueType::number, number_text(member.value.get_double().value_unsafe())); break;
      case element_type::BOOL: use(member.key, ValueType::boolean, member.value.get_bool().value_unsafe() ? "true" : "false"); break;
      case element_type::OBJECT: use(member.key, ValueType::object, {}); break;
      case element_type::ARRAY: use(member.key, ValueType::list, {}); break;
      case element_type::NULL_VALUE: break;
    }
  }
}

}  // namespace spectrum::query
