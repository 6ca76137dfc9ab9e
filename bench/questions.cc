// What questions cost, in CPU time of the whole process with one DuckDB thread, beside a bare scan of the same rows that
// DuckDB groups by user, and beside what they may cost. Answers are checked first against plain loops over all events;
// funnels over those of a day. Usage: bench_questions [--events N] [--folder PATH] [--only WORDS] | --quick. The
// warehouse is made once and kept in the folder. bench/results/questions.txt is its output.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>

#include "adapters/duckdb/warehouse.h"
#include "base/time_text.h"
#include "bench/plain_facts.h"
#include "demo/shop.h"
#include "ingest/decode.h"
#include "model/record.h"
#include "query/first_times.h"
#include "query/funnel.h"
#include "query/lifecycle.h"
#include "query/metrics.h"
#include "query/names.h"
#include "query/orders.h"
#include "query/paths.h"
#include "query/retention.h"
#include "query/revenue.h"
#include "query/sequences.h"
#include "query/stickiness.h"
#include "query/trends.h"
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
constexpr double kGoalOfAWeek = 30;

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

std::unique_ptr<duckdb::DuckdbWarehouse> open(const std::string& path) {
  return expect(duckdb::DuckdbWarehouse::open(path, {.memory_limit_bytes = 6ull << 30, .threads = 1, .temp_directory = ""}));
}

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

/// A question, what it may cost over all events, and how its answer is checked.
struct Asked {
  const char* name;
  double goal_ms = 0;
  std::function<void(const query::Scope&)> ask;
  std::function<void(const query::Scope&)> check = {};
};

class Bench {
 public:
  Bench(ports::Warehouse& warehouse, const bench::PlainFacts& facts, model::Position last)
      : warehouse_(warehouse), facts_(facts), last_(last) {}

  query::Scope scope(const char* from, const char* to = kTo) const {
    const Timestamp now = *parse_rfc3339("2026-08-01T00:00:00Z");
    query::Scope scope{project_, query::parse_range(from, to, TimeZone::find("UTC").value(), now).value(), last_, now};
    scope.promoted = warehouse_.promoted();
    scope.first_times = &first_times_;
    scope.orders = &orders_;
    scope.sequences = &sequences_;
    return scope;
  }

  std::vector<Asked> questions() const {
    return {
        {"funnel, 4 steps", 0, funnel(4), [&](const auto& range) { check_funnel(range, 4); }},
        {"funnel, 20 steps", 0, funnel(20), [&](const auto& range) { check_funnel(range, 20); }},
        {"retention, weekly, 13 weeks", 350, retention("{}"), [&](const auto& range) { check_retention(range); }},
        {"unique users per day", 300, trends(kUsersByDay), [&](const auto& range) { check_users(range, 1); }},
        {"unique users per day, rolling 7", 450, trends(kRolling7), [&](const auto& range) { check_users(range, 7); }},
        {"unique users per day, rolling 28", 450, trends(kRolling28), [&](const auto& range) { check_users(range, 28); }},
        {"events per day by type", 250, trends(kByType), [&](const auto& range) { check_counts(range, kByType, &bench::PlainFacts::Fact::type); }},
        {"revenue by day and category", 80, revenue(), [&](const auto& range) { check_revenue(range); }},
        {"events per day by a promoted property", 120, trends(kByCountry), [&](const auto& range) { check_counts(range, kByCountry, &bench::PlainFacts::Fact::country); }},
        {"the overview (/metrics)", 0, metrics(), [&](const auto& range) { check_metrics(range); }},
    };
  }

  /// What nothing was promised for.
  std::vector<Asked> more_questions() const {
    return {
        {"funnel, 4 steps, strict", 0, funnel(4, "strict")},
        {"funnel, 4 steps, any order", 0, funnel(4, "any")},
        {"funnel, 4 steps, sessions", 0, funnel(4, "ordered", "sessions")},
        {"retention, weekly, recurring", 0, retention("{'cohort':'recurring'}")},
        {"retention, weekly, rolling", 0, retention("{'bracket':'rolling'}")},
        {"lifecycle, weekly", 0, [&](const auto& range) { (void)expect(query::ask_lifecycle(warehouse_, range, JsonLiteral::read("{'interval':'week'}"))); }},
        {"four numbers and a formula", 0, trends(kNumbers)},
        {"the same, compared", 0, trends((std::string(kNumbers).insert(1, "'compare':'previous_period',")).c_str())},
        {"stickiness, weekly", 0, [&](const auto& range) { (void)expect(query::ask_stickiness(warehouse_, range, JsonLiteral::read("{'interval':'week'}"))); }},
        {"paths of 5 steps", 0, [&](const auto& range) { (void)expect(query::ask_paths(warehouse_, range, JsonLiteral::read("{}"))); }},
    };
  }

  /// What DuckDB takes to read the same rows and to count them by user.
  std::vector<Asked> baselines() const {
    const auto grouped = [&](std::string condition) {
      return [this, sql = "SELECT count(*), max(n) FROM (SELECT user_id, count(*) AS n FROM fact_events WHERE project_id = $1 AND "
                          "occurred_at >= $2 AND occurred_at < $3 AND seq <= $4" + condition + " GROUP BY user_id) grouped"](const query::Scope& range) {
        const std::array<ports::Value, 4> parameters = {project_.number, range.range.from, range.range.until, static_cast<std::int64_t>(last_)};
        (void)expect(warehouse_.query(sql, parameters));
      };
    };
    return {{"scan, grouped by user: events of 4 types", 0, grouped(" AND event_type IN ('page_view', 'product_view', 'add_to_cart', 'purchase')")},
            {"scan, grouped by user: all events", 0, grouped("")}};
  }

 private:
  static constexpr const char* kUsersByDay = "{'series':[{'measure':'unique_users'}]}";
  static constexpr const char* kRolling7 = "{'series':[{'measure':'unique_users'}],'rolling':7}";
  static constexpr const char* kRolling28 = "{'series':[{'measure':'unique_users'}],'rolling':28}";
  static constexpr const char* kByType = "{'series':[{}],'breakdown':['event_type'],'top':100}";
  static constexpr const char* kByCountry = "{'series':[{}],'breakdown':['country'],'top':100}";

  static constexpr const char* kNumbers =
      "{'series':[{'measure':'unique_users','name':'users'},{'name':'events'},{'event':'purchase','measure':'unique_users','name':'converted'},"
      "{'measure':'sessions','name':'sessions'}],'formulas':['converted / users']}";

  static Json funnel_body(std::size_t steps, const char* order = "ordered", const char* count = "users") {
    std::string list;
    for (std::size_t i = 0; i < steps; ++i) list += std::string(i == 0 ? "" : ",") + "{'event':'" + kSteps[i * 4 / steps] + "'}";
    return JsonLiteral::read("{'steps':[" + list + "],'window':'7d','order':'" + order + "','count':'" + count + "'}");
  }
  static Json retention_body(const char* more) {
    auto body = JsonLiteral::read("{'start':{'event':'page_view'},'return':{'event':'page_view'},'interval':'week','periods':13}");
    auto members = *body.object();
    const Json further = JsonLiteral::read(more);
    members.insert(members.end(), further.object()->begin(), further.object()->end());
    return Json(std::move(members));
  }

  using Ask = std::function<void(const query::Scope&)>;
  Ask funnel(std::size_t steps, const char* order = "ordered", const char* count = "users") const {
    return [this, body = funnel_body(steps, order, count)](const auto& range) { (void)expect(query::ask_funnel(warehouse_, range, body)); };
  }
  Ask retention(const char* more) const {
    return [this, body = retention_body(more)](const auto& range) { (void)expect(query::ask_retention(warehouse_, range, body)); };
  }
  Ask trends(const char* text) const {
    return [this, body = JsonLiteral::read(text)](const auto& range) { (void)expect(query::ask_trends(warehouse_, range, body)); };
  }
  Ask revenue() const {
    return [this](const auto& range) { (void)expect(query::ask_revenue(warehouse_, range, JsonLiteral::read("{}"))); };
  }
  Ask metrics() const {
    return [this](const auto& range) { (void)expect(query::ask_metrics(warehouse_, range, "", query::Interval::day)); };
  }

  static int day_of(const std::string& label) { return static_cast<int>(to_micros(*parse_rfc3339(label + "T00:00:00Z")) / bench::PlainFacts::kDay); }
  static std::int64_t from_of(const query::Scope& range) { return to_micros(range.range.from); }
  static std::int64_t until_of(const query::Scope& range) { return to_micros(range.range.until); }

  /// All users' events of the range's last day.
  void check_funnel(const query::Scope&, std::size_t steps) const {
    const query::Scope one_day = scope(kTo);
    naive::Asked asked{{}, from_of(one_day), until_of(one_day), 0, "UTC"};
    const ports::Value from = one_day.range.from;
    const auto rows = expect(warehouse_.query("SELECT CAST(user_id AS VARCHAR), event_type, occurred_at, seq FROM fact_events "
                                              "WHERE occurred_at >= $1 ORDER BY occurred_at, seq", {&from, 1}));
    for (const auto& row : rows.rows) {
      asked.events.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]), to_micros(std::get<Timestamp>(row[2])),
                              std::get<std::int64_t>(row[3]), {}});
    }
    naive::FunnelQuestion question;
    for (std::size_t i = 0; i < steps; ++i) question.steps.push_back({kSteps[i * 4 / steps], {}});
    question.window = 7 * bench::PlainFacts::kDay;
    const auto wanted = naive::NaiveFunnel(asked, question).answer();
    const auto answer = expect(query::ask_funnel(warehouse_, one_day, funnel_body(steps)));
    for (std::size_t i = 0; i < steps; ++i) {
      expect(answer.steps[i].count == wanted.steps[i].count && answer.steps[i].dropped == wanted.steps[i].dropped, "a funnel's count");
    }
    expect(answer.steps[0].count > 0, "a funnel of somebody");
  }

  void check_retention(const query::Scope& range) const {
    auto wanted = facts_.weekly_retention("page_view", from_of(range));
    const auto answer = expect(query::ask_retention(warehouse_, range, retention_body("{}")));
    for (const auto& cohort : answer.table.cohorts) {
      for (int n = 0; n < 13; ++n) expect(cohort.cells[static_cast<std::size_t>(n)].count == (wanted[{day_of(cohort.start), n}]), "a cell of retention");
    }
    expect(!answer.table.cohorts.empty(), "a cohort");
  }

  void check_users(const query::Scope& range, int days) const {
    const char* const body = days == 1 ? kUsersByDay : days == 7 ? kRolling7 : kRolling28;
    const auto answer = expect(query::ask_trends(warehouse_, range, JsonLiteral::read(body)));
    const int first = day_of(answer.buckets.front().label), last = day_of(answer.buckets.back().label);
    auto wanted = facts_.rolling_users(first, last, days);
    for (int day = first; day <= last; ++day) {
      expect(answer.rows.at(0).values[static_cast<std::size_t>(day - first)] == static_cast<double>(wanted[day]), "the users of a day");
    }
    const auto in_all = facts_.counts(from_of(range), until_of(range), [](const auto&) { return 0; });
    expect(answer.rows.at(0).total == static_cast<double>(in_all.at(0).users), "the users of all days");
  }

  void check_counts(const query::Scope& range, const char* body, std::uint32_t bench::PlainFacts::Fact::* value) const {
    auto wanted = facts_.counts(from_of(range), until_of(range), [&](const auto& fact) { return std::pair(facts_.text(fact.*value), fact.day()); });
    const auto answer = expect(query::ask_trends(warehouse_, range, JsonLiteral::read(body)));
    std::size_t cells = 0;
    for (const auto& row : answer.rows) {
      for (std::size_t i = 0; i < answer.buckets.size(); ++i) {
        const auto count = wanted[{row.breakdown.at(0), day_of(answer.buckets[i].label)}].count;
        expect(row.values[i] == static_cast<double>(count), "the events of a day");
        ++cells;
      }
    }
    expect(cells == wanted.size(), "all values of the breakdown");
  }

  void check_revenue(const query::Scope& range) const {
    auto sums = facts_.amounts("purchase", from_of(range), until_of(range));
    std::map<std::pair<std::string, int>, std::pair<std::int64_t, std::int64_t>> wanted;
    for (const auto& [key, sum] : sums) wanted[{facts_.text(key.second), key.first}] = sum;
    const auto answer = expect(query::ask_revenue(warehouse_, range, JsonLiteral::read("{}")));
    std::int64_t orders = 0;
    for (const auto& row : answer.rows) {
      for (std::size_t i = 0; i < answer.buckets.size(); ++i) {
        expect(std::pair(row.net[i], row.orders[i]) == wanted[{row.breakdown.at(0), day_of(answer.buckets[i].label)}], "the revenue of a day");
        orders += row.orders[i];
      }
    }
    expect(orders > 0 && orders == answer.totals.at(0).orders, "all orders");
  }

  void check_metrics(const query::Scope& range) const {
    const auto answer = expect(query::ask_metrics(warehouse_, range, "", query::Interval::day));
    const auto agrees = [](const auto& counts, const bench::PlainFacts::Counts& wanted) { return counts.count == wanted.count && counts.users == wanted.users; };
    const auto total = facts_.counts(from_of(range), until_of(range), [](const auto&) { return 0; });
    expect(agrees(answer.total, total.at(0)), "the overview's total");
    auto types = facts_.counts(from_of(range), until_of(range), [&](const auto& fact) { return facts_.text(fact.type); });
    for (const auto& type : answer.by_type) expect(agrees(type, types[type.event_type]), "the overview's types");
    expect(answer.by_type.size() == types.size(), "all types");
    auto days = facts_.counts(from_of(range), until_of(range), [](const auto& fact) { return fact.day(); });
    for (std::size_t i = 0; i < answer.buckets.size(); ++i) expect(agrees(answer.series[i], days[day_of(answer.buckets[i].label)]), "the overview's days");
  }

  ports::Warehouse& warehouse_;
  const bench::PlainFacts& facts_;
  const model::Position last_;
  const model::Project project_;
  mutable query::FirstTimes first_times_{warehouse_, 64u << 20};
  mutable query::Orders orders_{warehouse_, 64u << 20};
  mutable query::Sequences sequences_{warehouse_, 256u << 20};
};

/// The median of some runs, and the least and the most.
struct Cost {
  double median, least, most;

  static Cost of(const std::function<void()>& ask) {
    std::vector<double> times;
    for (int i = 0; i < kRuns; ++i) {
      const double before = cpu_ms();
      ask();
      times.push_back(cpu_ms() - before);
    }
    std::sort(times.begin(), times.end());
    return {times[kRuns / 2], times.front(), times.back()};
  }
};

void measure(const std::vector<Asked>& questions, const query::Scope& range, bool is_week, double base) {
  double four_steps = 0;
  for (const auto& question : questions) {
    const Cost cost = Cost::of([&] { question.ask(range); });
    const std::string_view name = question.name;
    if (name == "funnel, 4 steps") four_steps = cost.median;
    double goal = is_week ? kGoalOfAWeek : question.goal_ms;
    if (!is_week && name == "funnel, 4 steps") goal = 1.7 * base;
    if (name == "funnel, 20 steps") goal = is_week ? kGoalOfAWeek : 1.5 * four_steps;
    std::printf("  %-42s cpu %7.1f ms (%6.1f to %6.1f)  %5.2f x", question.name, cost.median, cost.least, cost.most, cost.median / base);
    if (goal > 0 && question.check) std::printf("  at most %5.0f ms: %s", goal, cost.median <= goal ? "kept" : "MISSED");
    std::printf("\n");
    std::fflush(stdout);
  }
}

/// A name that nothing has: what it costs to learn the names of all events once, and to refuse it then.
void measure_names(query::Names& names, query::Scope scope) {
  scope.names = &names;
  const auto refuse = [&] {
    query::FilterCompiler compiler(scope);
    expect(!compiler.property("contry", "").ok(), "a name that nothing has is refused");
  };
  const double before = cpu_ms();
  expect(names.learn(scope.as_of, {}).ok(), "names are learned");
  std::printf("names of properties: learned from all events in cpu %.0f ms, once; then an unknown name is refused in %.1f ms\n",
              cpu_ms() - before, Cost::of(refuse).median);
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t events = 10'000'000;
  std::string folder = "build/bench-questions", only;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--events") events = std::strtoull(value, nullptr, 10);
    if (option == "--folder") folder = value;
    if (option == "--quick") events = 100'000;
    if (option == "--only") only = value;
  }
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/" + std::to_string(events) + ".duckdb";
  auto warehouse = open(path);
  if (expect(warehouse->cursor()) != events) {
    warehouse.reset();
    std::filesystem::remove(path);
    warehouse = open(path);
    fill(*warehouse, events);
  }
  expect(warehouse->promote("country").ok(), "a property is promoted");
  bool has_filled = false;
  while (expect(warehouse->fill_promoted())) has_filled = true;
  if (has_filled) expect(warehouse->checkpoint().ok(), "the warehouse is written");

  const auto users = expect(warehouse->query("SELECT count(*) FROM dim_users", {}));
  std::printf("%zu events, %lld users, %d days\n", events, static_cast<long long>(std::get<std::int64_t>(users.rows[0][0])), kDays);
  const auto facts = std::make_unique<bench::PlainFacts>(expect(bench::PlainFacts::read(*warehouse)));
  const Bench bench(*warehouse, *facts, events);
  query::Names names(*warehouse);
  measure_names(names, bench.scope(kFrom));
  for (const char* const from : {kFrom, kLastWeek}) {
    const query::Scope range = bench.scope(from);
    const bool is_week = from == kLastWeek;
    const auto chosen = [&](std::vector<Asked> questions) {
      std::erase_if(questions, [&](const Asked& question) { return std::string_view(question.name).find(only) == std::string_view::npos; });
      return questions;
    };
    for (const auto& question : chosen(bench.questions())) question.check(range);
    std::printf("%s; answers checked\n", is_week ? "the last 7 days" : "all of them");
    const double base = Cost::of([&] { bench.baselines().front().ask(range); }).median;
    measure(bench.baselines(), range, is_week, base);
    measure(chosen(bench.questions()), range, is_week, base);
    measure(chosen(bench.more_questions()), range, is_week, base);
  }
}
