#include "query/breakdown_options.h"

#include "query/failure.h"

namespace spectrum::query {
namespace {

constexpr std::size_t kMaxProperties = 3;
constexpr std::int64_t kMaxTop = 100;

}  // namespace

Result<BreakdownOptions> BreakdownOptions::parse(const Json& body) {
  BreakdownOptions options;
  if (const Json* const list = body.find("breakdown"); list && !list->is_null()) {
    const std::string shape = "must be a list of 1 to " + std::to_string(kMaxProperties) + " properties, such as [\"source\"]";
    if (!list->array() || list->array()->empty() || list->array()->size() > kMaxProperties) return refuse("/breakdown", shape);
    for (const Json& property : *list->array()) {
      if (!property.string()) return refuse("/breakdown", shape);
      options.properties.push_back(*property.string());
    }
  }
  if (const Json* const top = body.find("top"); top && !top->is_null()) {
    if (!top->integer() || *top->integer() < 1 || *top->integer() > kMaxTop) {
      return refuse("/top", "must be a number from 1 to " + std::to_string(kMaxTop));
    }
    options.top = static_cast<std::size_t>(*top->integer());
  }
  return options;
}

Result<Combination> breakdown_member(const Json& select, std::size_t properties) {
  const Json* const list = select.find("breakdown");
  Combination names;
  if (list && list->array()) {
    for (const Json& name : *list->array()) {
      if (name.string()) names.push_back(*name.string());
    }
  }
  if (properties == 0) return refuse("/select/breakdown", "the question has no breakdown");
  if (names.size() != properties || names.size() != list->array()->size()) {
    return refuse("/select/breakdown", "must be a list with one text for each property of the question's breakdown");
  }
  return names;
}

}  // namespace spectrum::query
