#include "adapters/duckdb/allowed_sql.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <set>

#include "warehouse/tables.h"

namespace spectrum::duckdb {
namespace {

using simdjson::dom::element;

/// Table functions that see nothing but their arguments.
constexpr std::array<std::string_view, 7> kFunctions = {"range",     "generate_series", "unnest",     "repeat_row",
                                                        "json_each", "json_tree",       "json_table"};
constexpr std::array<std::string_view, 3> kInformation = {"tables", "columns", "schemata"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string member(const element& object, const char* name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? lower(text) : std::string();
}

/// `@13 `: where in the text, if that is known.
std::string place(const element& node) {
  std::int64_t offset = 0;
  return node["query_location"].get(offset) == simdjson::SUCCESS ? "@" + std::to_string(offset) + " " : "";
}

std::string table_names() {
  std::string names;
  for (const auto& table : warehouse::tables()) {
    if (table.name != warehouse::kLedger) names += (names.empty() ? "" : ", ") + std::string(table.name);
  }
  return names;
}

class Check {
 public:
  Status visit(const element& node) {
    if (simdjson::dom::array children; node.get(children) == simdjson::SUCCESS) {
      for (const auto child : children) CHECK_OK(visit(child));
    }
    simdjson::dom::object fields;
    if (node.get(fields) != simdjson::SUCCESS) return {};
    const auto type = member(node, "type");
    if (type == "base_table") CHECK_OK(check_table(node));
    if (type == "table_function") CHECK_OK(check_function(node));
    for (const auto field : fields) {
      if (field.key == "cte_map") note_ctes(field.value);
      CHECK_OK(visit(field.value));
    }
    return {};
  }

 private:
  void note_ctes(const element& map) {
    simdjson::dom::array entries;
    if (map["map"].get(entries) != simdjson::SUCCESS) return;
    for (const auto entry : entries) ctes_.insert(member(entry, "key"));
  }

  Status check_table(const element& node) const {
    const auto schema = member(node, "schema_name");
    const auto name = member(node, "table_name");
    const bool is_ours = (schema.empty() || schema == "main") && name != warehouse::kLedger &&
                         std::ranges::any_of(warehouse::tables(), [&](const auto& table) { return table.name == name; });
    const bool is_cte = schema.empty() && ctes_.contains(name);
    const bool is_information = schema == "information_schema" && std::ranges::find(kInformation, name) != kInformation.end();
    if (is_ours || is_cte || is_information) return {};
    return invalid(place(node) + "there is no table '" + name + "'; there are " + table_names() +
                   " and information_schema.tables, .columns, .schemata");
  }

  static Status check_function(const element& node) {
    element function;
    if (node["function"].get(function) != simdjson::SUCCESS) return invalid("this use of a table function is not known here");
    const auto name = member(function, "function_name");
    if (std::ranges::find(kFunctions, name) != kFunctions.end()) return {};
    return invalid(place(node) + "the table function '" + name + "' may not be used here; range, generate_series, unnest, "
                   "json_each and json_tree may");
  }

  std::set<std::string> ctes_;
};

}  // namespace

Status check_allowed(std::string_view parse_tree_json) {
  simdjson::dom::parser parser;
  element tree;
  if (parser.parse(parse_tree_json.data(), parse_tree_json.size()).get(tree) != simdjson::SUCCESS) {
    return internal("the parse tree of a query cannot be read");
  }
  if (bool failed = false; tree["error"].get(failed) == simdjson::SUCCESS && failed) {
    if (member(tree, "error_type") != "parser") {
      return invalid("only a SELECT may be asked; this is something else");
    }
    const auto position = member(tree, "position");
    std::string_view message = "the SQL cannot be read";
    [[maybe_unused]] const auto absent = tree["error_message"].get(message);
    return invalid((position.empty() ? "" : "@" + position + " ") + std::string(message));
  }
  simdjson::dom::array statements;
  if (tree["statements"].get(statements) != simdjson::SUCCESS || statements.size() != 1) {
    return invalid("exactly one statement may be asked at a time");
  }
  return Check().visit(statements.at(0));
}

}  // namespace spectrum::duckdb
