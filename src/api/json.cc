#include "api/json.h"

#include <simdjson.h>

namespace spectrum::api {
namespace {

constexpr int kMaxDepth = 32;

Result<Json> convert(const simdjson::dom::element& element, int depth);

Result<Json> convert_array(const simdjson::dom::array& array, int depth) {
  Json::Array values;
  for (const auto element : array) {
    TRY(auto value, convert(element, depth + 1));
    values.push_back(std::move(value));
  }
  return Json(std::move(values));
}

Result<Json> convert_object(const simdjson::dom::object& object, int depth) {
  Json::Object members;
  for (const auto field : object) {
    for (const auto& [name, value] : members) {
      if (name == field.key) return invalid("/" + name + ": is given twice");
    }
    TRY(auto value, convert(field.value, depth + 1));
    members.emplace_back(std::string(field.key), std::move(value));
  }
  return Json(std::move(members));
}

Result<Json> convert(const simdjson::dom::element& element, int depth) {
  using simdjson::dom::element_type;
  if (depth > kMaxDepth) return invalid("the JSON is nested deeper than " + std::to_string(kMaxDepth));
  switch (element.type()) {
    case element_type::ARRAY: return convert_array(element.get_array().value_unsafe(), depth);
    case element_type::OBJECT: return convert_object(element.get_object().value_unsafe(), depth);
    case element_type::INT64: return Json(element.get_int64().value_unsafe());
    case element_type::UINT64: return Json(static_cast<double>(element.get_uint64().value_unsafe()));
    case element_type::DOUBLE: return Json(element.get_double().value_unsafe());
    case element_type::STRING: return Json(std::string(element.get_string().value_unsafe()));
    case element_type::BOOL: return Json(element.get_bool().value_unsafe());
    case element_type::NULL_VALUE: return Json();
  }
  return Json();
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  if (text.empty()) return invalid("the body is empty; send JSON");
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto code = parser.parse(text.data(), text.size()).get(root)) {
    return invalid(std::string("the body is no valid JSON: ") + simdjson::error_message(code));
  }
  return convert(root, 1);
}

}  // namespace spectrum::api
