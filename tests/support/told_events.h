#pragma once

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/duckdb/warehouse.h"
#include "base/time_text.h"
#include "query/scope.h"
#include "tests/support/json_literal.h"
#include "tests/support/temp_dir.h"

namespace spectrum {

/// What an event has beside a user, a type and a time.
struct EventDetails {
  std::string session = {};
  std::string sku = {};
  std::string source = {};
  std::string properties = {};
};

/// A warehouse whose events a test tells one by one, and questions about it.
class ToldEvents {
 public:
  /// `at` is `10:00`, `10:00:30` on 2 March 2026, `04 10:00` on another day of that month, or an instant.
  ToldEvents& add(const std::string& user, const std::string& type, const std::string& at, const EventDetails& more = {}) {
    model::Event event;
    event.event_id = keep("id-" + std::to_string(events_.size()));
    event.user_id = keep(user);
    event.event_type = keep(type);
    event.occurred_at = instant(at);
    event.received_at = *parse_rfc3339("2026-06-01T00:00:00Z");
    event.session_id = keep(more.session);
    event.product_sku = keep(more.sku);
    event.source = keep(more.source);
    event.properties = keep(more.properties);
    events_.push_back({events_.size() + 1, event});
    return *this;
  }

  ports::Warehouse& warehouse() {
    if (loaded_ < events_.size()) {
      const auto fresh = std::span(events_).subspan(loaded_);
      (void)warehouse_->load({fresh, {}, loaded_, events_.size(), {}}).value();
      loaded_ = events_.size();
    }
    return *warehouse_;
  }

  /// Puts a warehouse in place that is made out of exports of all that was told, with the facts of the newer half first.
  void rebuild() {
    const auto half = events_.size() / 2;
    const std::string older_folder = folder_ / "older", newer_folder = folder_ / "newer";
    std::filesystem::create_directories(older_folder);
    std::filesystem::create_directories(newer_folder);
    warehouse_ = duckdb::DuckdbWarehouse::open(folder_ / "exported.duckdb", {}).value();
    (void)warehouse_->load({std::span(events_).first(half), {}, 0, half, {}}).value();
    const auto older = warehouse_->export_parquet(0, older_folder).value();
    (void)warehouse_->load({std::span(events_).subspan(half), {}, half, events_.size(), {}}).value();
    auto all = warehouse_->export_parquet(half, newer_folder).value();
    for (const auto& file : older.files) {
      if (!file.partition.empty()) all.files.push_back(file);
    }
    warehouse_ = duckdb::DuckdbWarehouse::open(folder_ / "rebuilt.duckdb", {}).value();
    if (!warehouse_->restore(all, {}).ok()) std::abort();
    loaded_ = events_.size();
  }

  query::Scope scope(const std::string& from = "2026-03-01", const std::string& to = "2026-03-31", const std::string& zone = "UTC",
                     const std::string& now = "2026-06-01T00:00:00Z") const {
    const Timestamp time = *parse_rfc3339(now);
    return {project_, query::parse_range(from, to, TimeZone::find(zone).value(), time).value(), events_.size(), time};
  }

  /// The names of users that were told, by their numbers in the warehouse.
  std::vector<std::string> names(const std::vector<std::int64_t>& users) {
    std::vector<std::string> names;
    for (const auto user : users) {
      const ports::Value number = user;
      const auto rows = warehouse().query("SELECT user_uuid FROM dim_users WHERE user_id = $1", {&number, 1}).value();
      names.push_back(std::get<std::string>(rows.rows.at(0).at(0)));
    }
    return names;
  }

  static Timestamp instant(const std::string& at) {
    if (at.size() > 11) return *parse_rfc3339(at);
    const auto space = at.find(' ');
    const std::string day = space == std::string::npos ? "02" : at.substr(0, space);
    const std::string time = space == std::string::npos ? at : at.substr(space + 1);
    return *parse_rfc3339("2026-03-" + day + "T" + time + (time.size() == 5 ? ":00Z" : "Z"));
  }

 private:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  const model::Project project_;
  std::deque<std::string> texts_;
  std::vector<ports::PositionedEvent> events_;
  std::size_t loaded_ = 0;
  TempDir folder_;
  std::unique_ptr<duckdb::DuckdbWarehouse> warehouse_ = duckdb::DuckdbWarehouse::open(folder_ / "w.duckdb", {}).value();
};

}  // namespace spectrum
