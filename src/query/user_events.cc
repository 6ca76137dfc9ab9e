// Events are dealt onto piles by the last bits of their owners while they come, and each pile is sorted by counting:
// owners are numbered densely, and a pile fits into the processor's cache. All of them go through memory twice, so they
// take half of it while they come in the order of their positions.
#include "query/user_events.h"

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>
#include <utility>

#include "query/failure.h"
#include "query/sequences.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

constexpr unsigned kPileBits = 8;
constexpr std::size_t kPiles = 1u << kPileBits;
constexpr std::size_t kBlockEvents = 256;
constexpr unsigned kMaxShift = 8;

std::string text_name(std::size_t column) { return "t" + std::to_string(column); }

/// An event in a pile. `place` is its owner's among those of the pile.
struct Whole {
  std::int64_t at;
  std::int64_t seq;
  std::uint32_t place;
  std::uint32_t matches;
  std::uint32_t label;

  Whole(const Event& event, std::uint32_t its_place) : at(event.at), seq(event.seq), place(its_place), matches(event.matches), label(event.label) {}
  Event in_full(std::int64_t owner, std::int64_t) const { return {owner, at, seq, matches, label}; }
};

/// The same of those that have no texts and come in the order of their positions: which came first is enough.
struct Brief {
  std::int64_t at;
  std::uint32_t place;
  std::uint32_t matches;

  Brief(const Event& event, std::uint32_t its_place) : at(event.at), place(its_place), matches(event.matches) {}
  Event in_full(std::int64_t owner, std::int64_t number) const { return {owner, at, number, matches, 0}; }
};

/// Whether they go on from `last`, which becomes the last of them.
bool go_on(std::span<const std::int64_t> positions, std::int64_t& last) {
  bool all = true;
  for (const auto position : positions) all &= std::exchange(last, position) < position;
  return all;
}

}  // namespace

std::span<const Event> sort_by_group(std::span<const Event> events, LabelGroups& groups, std::vector<Event>& sorted) {
  sorted.assign(events.begin(), events.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Event& a, const Event& b) { return groups.of(a.label) < groups.of(b.label); });
  return sorted;
}

/// Events of one part of the owners.
template <typename Kept>
class UserEvents::Piles {
 public:
  Piles(const Part& part, std::uint64_t memory_bytes) : part_(part), max_blocks_(memory_bytes / (kBlockEvents * sizeof(Kept))) {}

  /// False: the memory is used up.
  bool add(const Event& event) {
    const auto number = static_cast<std::size_t>(event.owner >> part_.shift);
    const std::size_t pile = number % kPiles;
    Room& room = rooms_[pile];
    if (room.next == room.end && !add_block(pile)) return false;
    std::construct_at(room.next++, event, static_cast<std::uint32_t>(number / kPiles));
    __builtin_prefetch(room.next + 2, 1);  // Piles grow all over memory: it is there when this one's turn comes again.
    return true;
  }

  Status hand_out(const Walk& walk, const std::stop_token& stop) {
    for (std::size_t pile = 0; pile < kPiles; ++pile) {
      if (stop.stop_requested()) return unavailable("the question was given up");
      sort(pile);
      blocks_[pile] = Blocks();
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
  struct Free {
    void operator()(Kept* events) const { ::operator delete(events); }
  };
  using Blocks = std::vector<std::unique_ptr<Kept, Free>>;
  /// What is left of a pile's last block; all of them together fit into the nearest cache.
  struct Room {
    Kept* next = nullptr;
    Kept* end = nullptr;
  };

  bool add_block(std::size_t pile) {
    if (used_blocks_ == max_blocks_) return false;
    ++used_blocks_;
    Kept* const block = blocks_[pile].emplace_back(static_cast<Kept*>(::operator new(kBlockEvents * sizeof(Kept)))).get();
    rooms_[pile] = {block, block + kBlockEvents};
    return true;
  }

  template <typename Use>
  void for_each(std::size_t pile, Use use) const {
    for (const auto& block : blocks_[pile]) {
      const bool is_last = &block == &blocks_[pile].back();
      for (const Kept* event = block.get(); event != (is_last ? rooms_[pile].next : block.get() + kBlockEvents); ++event) use(*event);
    }
  }

  /// Into `sorted_`, owner by owner; those of each end where `ends_` says.
  void sort(std::size_t pile) {
    ends_.clear();
    for_each(pile, [&](const Kept& event) {
      if (event.place >= ends_.size()) ends_.resize(event.place + 1);
      ++ends_[event.place];
    });
    std::uint32_t sum = 0;
    for (auto& count : ends_) sum = std::exchange(count, sum) + sum;
    if (sorted_.size() < sum) sorted_.resize(sum);
    std::int64_t number = 0;
    for_each(pile, [&](const Kept& event) {
      const auto owner = static_cast<std::int64_t>(event.place * kPiles + pile) << part_.shift | part_.rest;
      sorted_[ends_[event.place]++] = event.in_full(owner, number++);
    });
  }

  const Part part_;
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

bool UserEvents::is_of_types() const {
  return !by_session_ && texts_.empty() && !selectors_.have_filters() && condition_ == "TRUE";
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

template <typename Kept>
Result<UserEvents::Reading> UserEvents::read_part(ports::Warehouse& warehouse, const Part& part, const Walk& walk) {
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
  Piles<Kept> piles(part, scope_.memory_bytes);
  auto reading = Reading::done;
  std::int64_t last = 0;
  std::vector<std::uint32_t> labels, matches;
  const auto take = [&, takes_all = all_events_](const ports::ColumnBatch& batch) -> Status {
    const auto owners = batch.integers(0), times = batch.integers(1), positions = batch.integers(2);
    if (std::is_same_v<Kept, Brief> && !go_on(positions, last)) {
      reading = Reading::out_of_order;
      return limited("events that are not in the order of their positions");
    }
    selectors_.find(batch, kType, matches);
    labels_->add(batch, first_text, labels);
    if (labels_->bytes() > scope_.memory_bytes) return too_much(scope_.memory_bytes, "name properties with fewer values");
    for (std::size_t row = 0; row < labels.size(); ++row) {
      if (matches[row] == 0 && !takes_all) continue;
      if (!piles.add({owners[row], times[row], positions[row], matches[row], labels[row]})) {
        reading = Reading::too_many;
        return limited("more events than fit into memory at once");
      }
    }
    return {};
  };
  const Status scanned = warehouse.scan(text, parameters, take, scope_.stop, coded);
  if (reading != Reading::done) return reading;
  CHECK_OK(scanned);
  CHECK_OK(piles.hand_out(walk, scope_.stop));
  return reading;
}

Status UserEvents::read(ports::Warehouse& warehouse, const Walk& walk) {
  SPECTRUM_ASSERT(selectors_.size() <= Selectors::kMost, "a question has more selectors than an event has bits");
  if (scope_.sequences && is_of_types()) {
    TRY(const bool is_done, scope_.sequences->read(scope_, until_, [&](std::string_view type) { return selectors_.bits_of(type); }, all_events_, walk));
    if (is_done) return {};
  }
  bool in_order = texts_.empty();
  std::vector<Part> parts = {{0, 0}};
  while (!parts.empty()) {
    const Part part = parts.back();
    parts.pop_back();
    TRY(const auto reading, in_order ? read_part<Brief>(warehouse, part, walk) : read_part<Whole>(warehouse, part, walk));
    if (reading == Reading::done) continue;
    if (reading == Reading::out_of_order) {
      in_order = false;  // As after a rebuild, which reads the lake day by day.
      parts.push_back(part);
      continue;
    }
    if (part.shift == kMaxShift) return too_much(scope_.memory_bytes, "ask about a shorter range or fewer events");
    parts.push_back({part.shift + 1, part.rest});
    parts.push_back({part.shift + 1, part.rest + (std::int64_t{1} << part.shift)});
  }
  return {};
}

}  // namespace spectrum::query
