#include "query/events.h"

#include "query/fields.h"
#include "query/filter.h"
#include "query/page.h"
#include "query/sql.h"
#include "query/trends_question.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

/// Reads the cells of a row from left to right; null is an empty text or nothing.
class RowCells {
 public:
  explicit RowCells(const std::vector<ports::Value>& row) : row_(row) {}

  std::string text() { return next<std::string>().value_or(""); }
  Timestamp instant() { return next<Timestamp>().value_or(Timestamp()); }
  template <typename T>
  std::optional<T> next() {
    const auto* const cell = std::get_if<T>(&row_[column_++]);
    return cell ? std::optional(*cell) : std::nullopt;
  }

 private:
  const std::vector<ports::Value>& row_;
  std::size_t column_ = 0;
};

EventRow read_row(const std::vector<ports::Value>& cells) {
  RowCells row(cells);
  EventRow event;
  event.event_id = row.text();
  event.event_type = row.text();
  event.user_id = row.text();
  event.is_anonymous = row.next<bool>().value_or(false);
  event.occurred_at = row.instant();
  event.received_at = row.instant();
  event.position = static_cast<model::Position>(row.next<std::int64_t>().value_or(0));
  for (auto* const text : {&event.anonymous_id, &event.session_id, &event.sku, &event.product_name, &event.category,
                           &event.experiment_id, &event.variant, &event.source, &event.entity_id, &event.status,
                           &event.currency}) {
    *text = row.text();
  }
  event.price_usd = row.next<double>();
  event.value = row.next<double>();
  event.amount_minor = row.next<std::int64_t>();
  event.properties = row.text();
  event.context = row.text();
  return event;
}

}  // namespace

Result<EventList> ask_events(ports::Warehouse& warehouse, const Scope& scope, const Json& body) {
  CHECK_OK(check_members(body, "", {"from", "to", "timezone", "project", "filters", "at_least", "as_of", "event", "user_id",
                                    "cursor", "limit"}));
  TRY(const auto page, PageOptions::parse(body, 2));
  TRY(const auto event, text_member(body, "", "event", "*"));
  TRY(const auto user, text_member(body, "", "user_id", ""));
  FilterCompiler compiler = begin_parameters(scope, scope.range);
  TRY(auto condition, compiler.filters(body.find("filters"), "/filters"));
  CHECK_OK(compiler.check_event(event, "/event"));
  if (event != "*") condition += " AND e.event_type = " + compiler.parameter(event);
  if (!user.empty()) {
    TRY(const auto property, compiler.property("user_id", "/user_id"));
    condition += " AND " + property.text + " = " + compiler.parameter(user);
  }
  if (!page.after.empty()) {
    const auto before = compiler.parameter(from_micros(page.after[0]));
    condition += " AND e.occurred_at <= " + before + " AND (e.occurred_at < " + before + " OR e.seq < " +
                 compiler.parameter(page.after[1]) + ")";
  }
  const auto sql = warehouse::fill(
      sql::events, {{"joins", compiler.joins()}, {"time", time_condition(scope.range)}, {"condition", condition}, {"limit", std::to_string(page.limit)}});
  TRY(const auto answer, warehouse.query(sql, compiler.parameters(), scope.stop));
  EventList list;
  for (const auto& row : answer.rows) list.rows.push_back(read_row(row));
  if (list.rows.size() == page.limit) {
    list.next_cursor = to_cursor({to_micros(list.rows.back().occurred_at), static_cast<std::int64_t>(list.rows.back().position)});
  }
  return list;
}

}  // namespace spectrum::query
