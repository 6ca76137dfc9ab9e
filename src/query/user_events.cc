// Events are dealt onto piles by the last bits of their owners while they come, and each pile is sorted by counting:
// owners are numbered densely, and a pile fits into the processor's cache.
#include "query/user_events.h"

#include <algorithm>
#include <array>

#include "query/failure.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

constexpr unsigned kPileBits = 8;
constexpr std::size_t kPiles = 1u << kPileBits;
constexpr std::size_t kBlockEvents = 256;
constexpr unsigned kMaxShift = 8;

std::string text_name(std::size_t column) { return "t" + std::to_string(column); }

bool is_before(const Event& a, const Event& b) { return a.at != b.at ? a.at < b.at : a.seq < b.seq; }

}  // namespace

std::span<const Event> sort_by_group(std::span<const Event> events, LabelGroups& groups, std::vector<Event>& sorted) {
  sorted.assign(events.begin(), events.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Event& a, const Event& b) { return groups.of(a.label) < groups.of(b.label); });
  return sorted;
}

/// Events of one part of the owners.
class UserEvents::Piles {
 public:
  Piles(unsigned shift, std::size_t max_blocks) : shift_(shift), max_blocks_(max_blocks) {}

  /// False: the memory is used up.
  bool add(const Event& event) {
    const auto number = static_cast<std::size_t>(event.owner >> shift_) & (kPiles - 1);
    Room& room = rooms_[number];
    if (room.next == room.end && !add_block(number)) return false;
    *room.next++ = event;
    __builtin_prefetch(room.next + 2, 1);  // Piles grow all over memory: it is there when this one's turn comes again.
    return true;
  }

  Status hand_out(const Walk& walk, const std::stop_token& stop) {
    for (std::size_t number = 0; number < kPiles; ++number) {
      if (stop.stop_requested()) return unavailable("the question was given up");
      sort(number);
      blocks_[number] = Blocks();
      std::uint32_t begin = 0;
      for (const std::uint32_t end : ends_) {
        if (begin == end) continue;
        const std::span<Event> events(sorted_.data() + begin, end - begin);
        begin = end;
        if (!std::is_sorted(events.begin(), events.end(), is_before)) std::sort(events.begin(), events.end(), is_before);
        walk(events);
      }
    }
    return {};
  }

 private:
  using Blocks = std::vector<std::unique_ptr<Event[]>>;
  /// What is left of a pile's last block; all of them together fit into the nearest cache.
  struct Room {
    Event* next = nullptr;
    Event* end = nullptr;
  };

  bool add_block(std::size_t number) {
    if (used_blocks_ == max_blocks_) return false;
    ++used_blocks_;
    Event* const block = blocks_[number].emplace_back(std::make_unique_for_overwrite<Event[]>(kBlockEvents)).get();
    rooms_[number] = {block, block + kBlockEvents};
    return true;
  }

  template <typename Use>
  void for_each(std::size_t number, Use use) const {
    for (const auto& block : blocks_[number]) {
      const bool is_last = &block == &blocks_[number].back();
      for (const Event* event = block.get(); event != (is_last ? rooms_[number].next : block.get() + kBlockEvents); ++event) use(*event);
    }
  }

  /// Into `sorted_`, owner by owner; those of each end where `ends_` says.
  void sort(std::size_t number) {
    const auto place = [&](const Event& event) { return static_cast<std::size_t>(event.owner >> (shift_ + kPileBits)); };
    ends_.clear();
    for_each(number, [&](const Event& event) {
      if (place(event) >= ends_.size()) ends_.resize(place(event) + 1);
      ++ends_[place(event)];
    });
    std::uint32_t sum = 0;
    for (auto& count : ends_) sum = std::exchange(count, sum) + sum;
    if (sorted_.size() < sum) sorted_.resize(sum);
    for_each(number, [&](const Event& event) { sorted_[ends_[place(event)]++] = event; });
  }

  const unsigned shift_;
  const std::size_t max_blocks_;
  std::size_t used_blocks_ = 0;
  std::array<Blocks, kPiles> blocks_;
  std::array<Room, kPiles> rooms_;
  std::vector<std::uint32_t> ends_;
  std::vector<Event> sorted_;
};

Result<UserEvents> UserEvents::of(const Scope& scope, const Json& body) {
  UserEvents events(scope);
  // The first four parameters are the scope's; the range may change until the question is asked.
  for (int i = 0; i < 4; ++i) events.compiler_.parameter(std::monostate());
  TRY(events.condition_, events.compiler_.filters(body.find("filters"), "/filters"));
  return events;
}

Result<std::size_t> UserEvents::add_text(const std::string& property, std::string_view pointer) {
  TRY(const auto column, compiler_.property(property, pointer));
  return add_column(column.text);
}

std::size_t UserEvents::add_column(std::string text) {
  texts_.push_back(std::move(text));
  labels_ = std::make_unique<Labels>(texts_.size());
  return texts_.size() - 1;
}

/// The types that selectors name, when that is all they match. Where nothing but types is looked at, it is cheaper to
/// look at each here.
std::string UserEvents::types(FilterCompiler& compiler) const {
  const bool is_cheap = !selectors_.have_filters() && texts_.empty();
  return all_events_ || is_cheap ? "TRUE" : selectors_.any_type(compiler);
}

std::string UserEvents::sql(const Part& part, FilterCompiler& compiler) const {
  const std::string owner = by_session_ ? "e.session_id" : "e.user_id";
  std::string texts;
  for (std::size_t i = 0; i < texts_.size(); ++i) texts += ", " + texts_[i] + " AS " + text_name(i);
  std::string wanted = part.shift == 0 ? "TRUE" : owner + " % " + std::to_string(1 << part.shift) + " = " + std::to_string(part.rest);
  if (by_session_) wanted += " AND e.session_id IS NOT NULL";
  return warehouse::fill(sql::user_events, {{"owner", owner},
                                            {"matches", selectors_.columns()},
                                            {"texts", texts},
                                            {"joins", compiler.joins()},
                                            {"part", wanted},
                                            {"types", types(compiler)},
                                            {"condition", condition_}});
}

Result<bool> UserEvents::read_part(ports::Warehouse& warehouse, const Part& part, Piles& piles) {
  auto compiler = compiler_;
  const std::string text = sql(part, compiler);
  auto parameters = compiler.parameters();
  parameters[0] = scope_.project.number;
  parameters[1] = scope_.range.from;
  parameters[2] = until_;
  parameters[3] = static_cast<std::int64_t>(scope_.as_of);
  constexpr std::size_t kType = 3;
  const std::size_t first_text = kType + selectors_.width();
  std::vector<ports::CodedColumn> coded = {selectors_.types()};
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    coded.push_back({text_name(i), [&](std::string_view value) { return labels_->code_of(value); }});
  }
  bool fits = true;
  std::vector<std::uint32_t> labels, matches;
  const auto take = [&, takes_all = all_events_](const ports::ColumnBatch& batch) -> Status {
    const auto owners = batch.integers(0), times = batch.integers(1), positions = batch.integers(2);
    selectors_.find(batch, kType, matches);
    labels_->add(batch, first_text, labels);
    if (labels_->bytes() > scope_.memory_bytes) return too_much(scope_.memory_bytes, "name properties with fewer values");
    for (std::size_t row = 0; row < labels.size(); ++row) {
      if (matches[row] == 0 && !takes_all) continue;
      if (!piles.add({owners[row], times[row], positions[row], matches[row], labels[row]})) {
        fits = false;
        return limited("more events than fit into memory at once");
      }
    }
    return {};
  };
  const Status scanned = warehouse.scan(text, parameters, take, scope_.stop, coded);
  if (fits) {
    CHECK_OK(scanned);
  }
  return fits;
}

Status UserEvents::read(ports::Warehouse& warehouse, const Walk& walk) {
  SPECTRUM_ASSERT(selectors_.size() <= Selectors::kMost, "a question has more selectors than an event has bits");
  std::vector<Part> parts = {{0, 0}};
  while (!parts.empty()) {
    const Part part = parts.back();
    parts.pop_back();
    Piles piles(part.shift, scope_.memory_bytes / (kBlockEvents * sizeof(Event)));
    TRY(const bool fits, read_part(warehouse, part, piles));
    if (fits) {
      CHECK_OK(piles.hand_out(walk, scope_.stop));
      continue;
    }
    if (part.shift == kMaxShift) return too_much(scope_.memory_bytes, "ask about a shorter range or fewer events");
    parts.push_back({part.shift + 1, part.rest});
    parts.push_back({part.shift + 1, part.rest + (std::int64_t{1} << part.shift)});
  }
  return {};
}

}  // namespace spectrum::query
