// What questions that walk over each user's events cost, in CPU time of the whole process with one DuckDB thread,
// beside a bare scan of the same rows that DuckDB groups by user. Answers are checked first: funnels against loops over
// a day's events, retention against SQL. Usage: bench_questions [--events N] [--folder PATH] | --quick. The warehouse is
// made once and kept in the folder. bench/results/questions.txt is its output.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>

#include "adapters/duckdb/warehouse.h"
#include "base/time_text.h"
#include "demo/shop.h"
#include "ingest/decode.h"
#include "model/record.h"
#include "query/funnel.h"
#include "query/lifecycle.h"
#include "query/paths.h"
#include "query/retention.h"
#include "query/stickiness.h"
#include "tests/support/json_literal.h"
#include "tests/support/naive_funnel.h"

namespace {

using namespace spectrum;

constexpr int kRuns = 5;
constexpr const char* kFrom = "2026-03-30";  // a Monday
constexpr const char* kTo = "2026-06-28";
constexpr const char* kLastWeek = "2026-06-22";
constexpr const char* kEnd = "2026-06-29T00:00:00Z";
constexpr int kDays = 91;

const char* const kSteps[] = {"page_view", "product_view", "add_to_cart", "purchase"};

double cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

template <typename T>
T expect(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "failed: %s\n", result.error().message.c_str());
  std::exit(1);
}

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong answer: %s\n", what);
  std::exit(1);
}

/// Keeps events as records until a batch of them is loaded.
class Batches final : public ingest::DecodeSink {
 public:
  explicit Batches(ports::Warehouse& warehouse) : warehouse_(warehouse) {}

  void on_event(const model::Event& event, bool) override {
    model::encode(event, records_.emplace_back());
    if (records_.size() == 122'880) load();
  }
  void on_refused(const ingest::Refusal&, std::string_view payload) override {
    std::fprintf(stderr, "refused: %s\n", std::string(payload).c_str());
    std::exit(1);
  }
  void load() {
    std::vector<ports::PositionedEvent> events;
    const model::Position after = position_;
    for (const auto& record : records_) events.push_back({++position_, std::get<model::Event>(expect(model::decode_record(record)))});
    (void)expect(warehouse_.load({events, {}, after, position_, Timestamp()}));
    records_.clear();
  }

 private:
  ports::Warehouse& warehouse_;
  std::deque<std::string> records_;
  model::Position position_ = 0;
};

void fill(ports::Warehouse& warehouse, std::size_t events) {
  std::fprintf(stderr, "loading %zu events; the next run finds them\n", events);
  const Timestamp end = *parse_rfc3339(kEnd);
  demo::Shop shop({.events = events, .days = kDays, .seed = 1, .end = end});
  ingest::EventDecoder decoder;
  const model::Project project;
  Batches batches(warehouse);
  std::string lines;
  for (bool is_more = true; is_more;) {
    lines.clear();
    for (int i = 0; i < 1000 && is_more; ++i) is_more = shop.next(lines);
    if (lines.empty()) break;
    lines.reserve(lines.size() + 64);
    (void)expect(decoder.decode(lines, ingest::Framing::ndjson, {project, end, {}}, batches));
  }
  batches.load();
  const Status folded = warehouse.checkpoint();
  expect(folded.ok(), "the warehouse is written");
}

/// The questions, about one range.
class Bench {
 public:
  Bench(ports::Warehouse& warehouse, model::Position last) : warehouse_(warehouse), last_(last) {}

  query::Scope scope(const char* from) const {
    const Timestamp now = *parse_rfc3339("2026-08-01T00:00:00Z");
    return {project_, query::parse_range(from, kTo, TimeZone::find("UTC").value(), now).value(), last_, now};
  }

  static Json funnel(std::size_t steps) {
    std::string list;
    for (std::size_t i = 0; i < steps; ++i) list += std::string(i == 0 ? "" : ",") + "{'event':'" + kSteps[i * 4 / steps] + "'}";
    return JsonLiteral::read("{'steps':[" + list + "],'window':'7d'}");
  }
  static Json weekly_retention() {
    return JsonLiteral::read("{'start':{'event':'page_view'},'return':{'event':'page_view'},'interval':'week','periods':13}");
  }

  /// All users' events of the last day, walked by plain loops.
  void check_funnel(std::size_t steps) {
    query::Scope one_day = scope(kLastWeek);
    one_day.range = query::parse_range("2026-06-28", "2026-06-28", TimeZone::find("UTC").value(), one_day.now).value();
    naive::Asked asked{{}, to_micros(one_day.range.from), to_micros(one_day.range.until), 0, "UTC"};
    const ports::Value from = one_day.range.from;
    const auto rows = expect(warehouse_.query("SELECT CAST(user_id AS VARCHAR), event_type, occurred_at, seq FROM fact_events "
                                              "WHERE occurred_at >= $1 ORDER BY occurred_at, seq", {&from, 1}));
    for (const auto& row : rows.rows) {
      asked.events.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]), to_micros(std::get<Timestamp>(row[2])),
                              std::get<std::int64_t>(row[3]), {}});
    }
    naive::FunnelQuestion question;
    for (std::size_t i = 0; i < steps; ++i) question.steps.push_back({kSteps[i * 4 / steps], {}});
    question.window = 7 * 86'400'000'000;
    const auto wanted = naive::NaiveFunnel(asked, question).answer();
    const auto answer = expect(query::ask_funnel(warehouse_, one_day, funnel(steps)));
    for (std::size_t i = 0; i < steps; ++i) {
      expect(answer.steps[i].count == wanted.steps[i].count && answer.steps[i].dropped == wanted.steps[i].dropped, "a funnel's count");
    }
    expect(answer.steps[0].count > 0, "a funnel of somebody");
  }

  void check_retention() {
    const auto rows = expect(warehouse_.query(
        "WITH active AS (SELECT user_id, date_trunc('week', occurred_at) AS week, min(date_trunc('week', occurred_at)) OVER (PARTITION BY user_id) AS first "
        "FROM fact_events WHERE event_type = 'page_view') "
        "SELECT first, week, count(DISTINCT user_id) FROM active GROUP BY 1, 2", {}));
    std::map<std::pair<std::string, int>, std::int64_t> wanted;
    for (const auto& row : rows.rows) {
      const auto first = std::get<Timestamp>(row[0]), week = std::get<Timestamp>(row[1]);
      const auto n = std::chrono::duration_cast<std::chrono::days>(week - first).count() / 7;
      wanted[{format_date(first), static_cast<int>(n)}] = std::get<std::int64_t>(row[2]);
    }
    const auto answer = expect(query::ask_retention(warehouse_, scope(kFrom), weekly_retention()));
    for (const auto& cohort : answer.table.cohorts) {
      for (int n = 0; n < 13; ++n) expect(cohort.cells[static_cast<std::size_t>(n)].count == (wanted[{cohort.start, n}]), "a cell of retention");
    }
    expect(answer.table.cohorts.size() == 13, "thirteen cohorts");
  }

  /// The median of some runs.
  template <typename Ask>
  double measure(const char* what, Ask ask, double baseline = 0) {
    std::vector<double> times;
    for (int i = 0; i < kRuns; ++i) {
      const double before = cpu_ms();
      ask();
      times.push_back(cpu_ms() - before);
    }
    std::sort(times.begin(), times.end());
    std::printf("  %-48s cpu %7.1f ms (%.1f to %.1f)", what, times[kRuns / 2], times.front(), times.back());
    if (baseline > 0) std::printf("  %.2f x", times[kRuns / 2] / baseline);
    std::printf("\n");
    std::fflush(stdout);
    return times[kRuns / 2];
  }

  void measure_all(const char* from) {
    const query::Scope range = scope(from);
    const std::array<ports::Value, 4> parameters = {project_.number, range.range.from, range.range.until, static_cast<std::int64_t>(last_)};
    const auto ask = [&](const std::string& sql) { (void)expect(warehouse_.query(sql, parameters)); };
    const std::string rows = " FROM fact_events WHERE project_id = $1 AND occurred_at >= $2 AND occurred_at < $3 AND seq <= $4";
    const std::string steps = " AND event_type IN ('page_view', 'product_view', 'add_to_cart', 'purchase')";
    measure("scan, grouped by user: all events", [&] { ask("SELECT count(*), max(n) FROM (SELECT user_id, count(*) AS n" + rows + " GROUP BY user_id) grouped"); });
    const double base = measure("scan, grouped by user: events of 4 types", [&] { ask("SELECT count(*), max(n) FROM (SELECT user_id, count(*) AS n" + rows + steps + " GROUP BY user_id) grouped"); });
    const auto funnel_of = [&](const Json& body) { return [&, body] { (void)expect(query::ask_funnel(warehouse_, range, body)); }; };
    const double four = measure("funnel, 4 steps", funnel_of(funnel(4)), base);
    measure("funnel, 20 steps (ratio to 4)", funnel_of(funnel(20)), four);
    measure("funnel, 4 steps, strict", funnel_of(with(funnel(4), "order", "strict")), base);
    measure("funnel, 4 steps, any order", funnel_of(with(funnel(4), "order", "any")), base);
    measure("funnel, 4 steps, sessions", funnel_of(with(funnel(4), "count", "sessions")), base);
    measure("retention, weekly, first time", [&] { (void)expect(query::ask_retention(warehouse_, range, weekly_retention())); }, base);
    measure("retention, weekly, recurring", [&] { (void)expect(query::ask_retention(warehouse_, range, with(weekly_retention(), "cohort", "recurring"))); }, base);
    measure("retention, weekly, rolling", [&] { (void)expect(query::ask_retention(warehouse_, range, with(weekly_retention(), "bracket", "rolling"))); }, base);
    const auto body = JsonLiteral::read("{'interval':'week'}");
    measure("lifecycle, weekly", [&] { (void)expect(query::ask_lifecycle(warehouse_, range, body)); }, base);
    measure("stickiness, weekly", [&] { (void)expect(query::ask_stickiness(warehouse_, range, body)); }, base);
    measure("paths of 5 steps", [&] { (void)expect(query::ask_paths(warehouse_, range, JsonLiteral::read("{}"))); }, base);
  }

 private:
  static Json with(const Json& body, const char* name, const std::string& value) {
    auto members = *body.object();
    members.emplace_back(name, Json(value));
    return Json(std::move(members));
  }

  ports::Warehouse& warehouse_;
  const model::Position last_;
  const model::Project project_;
};

}  // namespace

int main(int argc, char** argv) {
  std::size_t events = 10'000'000;
  std::string folder = "build/bench-questions";
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--events") events = std::strtoull(value, nullptr, 10);
    if (option == "--folder") folder = value;
    if (option == "--quick") events = 100'000;
  }
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/" + std::to_string(events) + ".duckdb";
  auto warehouse = expect(duckdb::DuckdbWarehouse::open(path, {.memory_limit_bytes = 6ull << 30, .threads = 1, .temp_directory = ""}));
  if (expect(warehouse->cursor()) != events) {
    warehouse.reset();
    for (const std::string part : {"", ".wal"}) std::filesystem::remove(path + part);
    warehouse = expect(duckdb::DuckdbWarehouse::open(path, {.memory_limit_bytes = 6ull << 30, .threads = 1, .temp_directory = ""}));
    fill(*warehouse, events);
  }
  Bench bench(*warehouse, events);
  bench.check_funnel(4);
  bench.check_funnel(20);
  bench.check_retention();
  const auto users = expect(warehouse->query("SELECT count(*) FROM dim_users", {}));
  std::printf("%zu events, %lld users, %d days; answers checked\n", events, static_cast<long long>(std::get<std::int64_t>(users.rows[0][0])), kDays);
  std::printf("all of them\n");
  bench.measure_all(kFrom);
  std::printf("the last 7 days\n");
  bench.measure_all(kLastWeek);
}
