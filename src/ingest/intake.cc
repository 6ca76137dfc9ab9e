#include "ingest/intake.h"

#include <algorithm>

#include "base/sha256.h"
#include "model/record.h"

namespace spectrum::ingest {
namespace {

constexpr std::size_t kPrefetchAhead = 16;
constexpr std::size_t kRecallBatch = 1u << 16;
constexpr std::size_t kRecallAhead = 64;  ///< ids whose memory is fetched before it is looked at

/// The set's key of an event id: the value of a UUID, the digest of any other text.
Id128 key_of(std::string_view event_id) {
  const auto uuid = parse_uuid(event_id);
  return uuid ? *uuid : sha256_128(event_id);
}

/// The set's key of a refused row.
Id128 key_of_refused(std::string_view file, std::uint64_t line, std::string_view payload) {
  return sha256_128("refused " + std::string(file) + ":" + std::to_string(line) + ":" + std::string(payload));
}

Timestamp hour_of(Timestamp instant) { return std::chrono::floor<std::chrono::hours>(instant); }

}  // namespace

/// Buffers for the events of one request. Each is encoded as soon as it is decoded: the batch has one record for each
/// event, of one that is refused too.
struct Intake::Workspace final : DecodeSink {
  struct Candidate {
    Id128 key;
    std::uint32_t record;  // its place in the batch
    bool is_refused = false;
  };

  EventDecoder decoder;
  ports::RecordBatch batch;
  std::vector<Candidate> candidates;
  std::vector<Receipt::Rejected> rejected;
  bool made_ids = false;

  model::ProjectId project = 0;
  Timestamp received_at;
  model::Position replay_of = 0;
  std::string_view file;
  std::uint64_t line = 0;

  void begin(model::ProjectId the_project, Timestamp now) {
    batch.bytes.clear();
    batch.sizes.clear();
    candidates.clear();
    rejected.clear();
    made_ids = false;
    project = the_project;
    received_at = now;
    replay_of = 0;
    file = {};
    line = 0;
  }

  void on_event(const model::Event& event, bool id_was_made) override {
    candidates.push_back({key_of(event.event_id), static_cast<std::uint32_t>(batch.sizes.size())});
    made_ids |= id_was_made;
    if (replay_of == 0) return append(event);
    model::Event replayed = event;
    replayed.replay_of = replay_of;
    append(replayed);
  }

  void on_refused(const Refusal& refusal, std::string_view payload) override {
    if (!file.empty()) {
      candidates.push_back({key_of_refused(file, line, payload), static_cast<std::uint32_t>(batch.sizes.size()), true});
    }
    rejected.push_back({batch.sizes.size(), refusal});
    model::Rejection rejection;
    rejection.project_id = project;
    rejection.received_at = received_at;
    rejection.code = refusal.code;
    rejection.message = refusal.message;
    rejection.pointer = refusal.pointer;
    rejection.payload = payload;
    rejection.file = file;
    rejection.line = line;
    append(rejection);
  }

  template <typename Record>
  void append(const Record& record) {
    const std::size_t before = batch.bytes.size();
    model::encode(record, batch.bytes);
    batch.sizes.push_back(static_cast<std::uint32_t>(batch.bytes.size() - before));
  }

  /// The events' ids, empty for those that are refused.
  std::vector<std::string> event_ids() const {
    std::vector<std::string> ids;
    ids.reserve(batch.sizes.size());
    std::string_view bytes = batch.bytes;
    for (const std::uint32_t size : batch.sizes) {
      const auto event = model::event_head(bytes.substr(0, size));
      ids.emplace_back(event ? event->event_id : std::string_view{});
      bytes.remove_prefix(size);
    }
    return ids;
  }

  /// Takes the records of `duplicates` (ascending) out of the batch.
  void drop(const std::vector<std::uint32_t>& duplicates) {
    ports::RecordBatch kept;
    kept.bytes.reserve(batch.bytes.size());
    std::size_t offset = 0, next = 0;
    for (std::uint32_t i = 0; i < batch.sizes.size(); ++i) {
      if (next < duplicates.size() && duplicates[next] == i) {
        ++next;
      } else {
        kept.bytes.append(batch.bytes, offset, batch.sizes[i]);
        kept.sizes.push_back(batch.sizes[i]);
      }
      offset += batch.sizes[i];
    }
    batch = std::move(kept);
  }
};

/// A request on its way to the disk.
struct Intake::Pending {
  Receipt receipt;
  model::ProjectId project;
  std::vector<Id128> new_ids;
  std::uint64_t failures = 0;  ///< of other requests when this one was queued
  Done done;
};

Intake::Intake(ports::EventLog& log, const Clock& clock, IntakeOptions options)
    : log_(log), clock_(clock), options_(options), rate_limit_(options.events_per_second) {}
Intake::~Intake() = default;

std::unique_ptr<Intake::Workspace> Intake::borrow() {
  auto idle = idle_.with([](auto& workspaces) -> std::unique_ptr<Workspace> {
    if (workspaces.empty()) return nullptr;
    auto workspace = std::move(workspaces.back());
    workspaces.pop_back();
    return workspace;
  });
  return idle ? std::move(idle) : std::make_unique<Workspace>();
}

void Intake::give_back(std::unique_ptr<Workspace> workspace) {
  idle_.with([&](auto& workspaces) { workspaces.push_back(std::move(workspace)); });
}

void Intake::accept(const ProjectRef& project, std::string_view body, Framing framing, Done done) {
  auto workspace = borrow();
  workspace->begin(project->number, clock_.now());
  const auto decoded =
      workspace->decoder.decode(body, framing, {*project, workspace->received_at, {}}, *workspace);
  const Status may_pass = decoded ? check_rate(project->number, workspace->batch.sizes.size()) : decoded.error();
  if (!may_pass.ok()) {
    give_back(std::move(workspace));
    return done(may_pass.error());
  }
  Receipt receipt;
  receipt.is_single = decoded->is_single;
  receipt.is_camel_case = decoded->is_camel_case;
  submit(*workspace, project, std::move(receipt), 0, std::move(done));
  give_back(std::move(workspace));
}

void Intake::load(const ProjectRef& project, std::string_view file, std::span<const BulkRow> rows, Done done) {
  auto workspace = borrow();
  workspace->begin(project->number, clock_.now());
  workspace->file = file;
  for (const auto& row : rows) {
    workspace->line = row.line;
    if (row.refusal) {
      workspace->on_refused(*row.refusal, row.payload);
      continue;
    }
    const auto decoded = workspace->decoder.decode(row.event, Framing::ndjson,
                                                   {*project, workspace->received_at, {}}, *workspace);
    if (!decoded) workspace->on_refused({"invalid_json", decoded.error().message, {}}, row.event);
  }
  submit(*workspace, project, {}, 0, std::move(done));
  give_back(std::move(workspace));
}

void Intake::replay(const ProjectRef& project, model::Position item, Timestamp received_at, std::string_view payload,
                    Done done) {
  auto workspace = borrow();
  workspace->begin(project->number, received_at);
  workspace->replay_of = item;
  const std::string seed = "replay of " + std::to_string(item);
  std::string padded(payload);
  padded.reserve(padded.size() + 64);
  const auto decoded = workspace->decoder.decode(padded, Framing::json, {*project, received_at, seed, clock_.now()}, *workspace);
  std::optional<Refusal> refusal;
  if (!decoded) {
    refusal = {"invalid_json", decoded.error().message, {}};
  } else if (!workspace->rejected.empty()) {
    refusal = std::move(workspace->rejected.front().refusal);
  } else if (workspace->candidates.size() != 1) {
    refusal = {"invalid_type", "the payload is not one event", {}};
  }
  if (refusal) {
    give_back(std::move(workspace));
    Receipt receipt;
    receipt.rejected.push_back({0, *std::move(refusal)});
    return done(std::move(receipt));
  }
  submit(*workspace, project, {}, item, std::move(done));
  give_back(std::move(workspace));
}

void Intake::submit(Workspace& workspace, const ProjectRef& project, Receipt receipt, model::Position replay_of,
                    Done done) {
  auto pending = std::make_shared<Pending>();
  pending->project = project->number;
  pending->done = std::move(done);
  const auto& candidates = workspace.candidates;
  std::vector<std::uint32_t> duplicates;

  const std::lock_guard lock(order_);
  pending->failures = failures_;
  IdSet& known = known_[project->number];
  for (std::size_t i = 0; i < std::min(kPrefetchAhead, candidates.size()); ++i) known.prefetch(candidates[i].key);
  pending->new_ids.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i + kPrefetchAhead < candidates.size()) known.prefetch(candidates[i + kPrefetchAhead].key);
    if (known.insert(candidates[i].key, workspace.received_at)) {
      pending->new_ids.push_back(candidates[i].key);
      if (!candidates[i].is_refused) ++receipt.accepted;
    } else {
      duplicates.push_back(candidates[i].record);
    }
  }
  receipt.duplicates = duplicates.size();
  receipt.rejected = std::move(workspace.rejected);
  if (!duplicates.empty()) {
    std::erase_if(receipt.rejected, [&](const auto& row) { return std::ranges::binary_search(duplicates, row.index); });
  }
  if (receipt.is_single || replay_of != 0 || workspace.made_ids) receipt.event_ids = workspace.event_ids();
  if (!duplicates.empty()) {
    workspace.drop(duplicates);
    workspace.append(model::Duplicates{project->number, workspace.received_at, duplicates.size(), replay_of});
  }
  pending->receipt = std::move(receipt);
  log_.append(workspace.batch, [this, pending](const auto& appended) { finish(*pending, appended); });
}

void Intake::finish(Pending& pending, const Result<ports::Appended>& appended) {
  Receipt& receipt = pending.receipt;
  if (!appended) {
    {
      // Nothing of it was stored, so its ids are unknown again and a retry is no duplicate.
      const std::lock_guard lock(order_);
      for (const Id128 id : pending.new_ids) known_[pending.project].erase(id);
      ++failures_;
    }
    count_limited(pending.project, receipt.accepted + receipt.duplicates + receipt.rejected.size());
    return pending.done(appended.error());
  }
  if (receipt.duplicates > 0 && failures_ != pending.failures) {
    // What its duplicates are duplicates of may be among what failed meanwhile. The next try will tell.
    return pending.done(unavailable("an earlier request with the same events failed; send them again"));
  }
  accepted_.fetch_add(receipt.accepted, std::memory_order_relaxed);
  duplicates_.fetch_add(receipt.duplicates, std::memory_order_relaxed);
  rejected_.fetch_add(receipt.rejected.size(), std::memory_order_relaxed);
  receipt.position = appended->last;
  pending.done(std::move(receipt));
}

void Intake::Recall::expect(model::ProjectId project, std::size_t ids) {
  const std::lock_guard lock(intake_.order_);
  intake_.known_.try_emplace(project, ids);
}

void Intake::Recall::add(model::ProjectId project, std::string_view event_id, Timestamp received_at) {
  add({project, key_of(event_id), received_at});
}

void Intake::Recall::add_refused(model::ProjectId project, std::string_view file, std::uint64_t line, std::string_view payload,
                                 Timestamp received_at) {
  add({project, key_of_refused(file, line, payload), received_at});
}

void Intake::Recall::add(Known known) {
  batch_.push_back(known);
  if (batch_.size() == kRecallBatch) hand_over();
}

Intake::Recall::~Recall() {
  hand_over();
  working_.get();
}

void Intake::Recall::hand_over() {
  if (working_.valid()) working_.get();
  handed_over_.swap(batch_);
  batch_.clear();
  working_ = std::async(std::launch::async, [this] { make_known(handed_over_); });
}

void Intake::Recall::make_known(const std::vector<Known>& batch) {
  const std::lock_guard lock(intake_.order_);
  for (std::span<const Known> rest = batch; !rest.empty();) {
    const auto group = rest.first(std::min(kRecallAhead, rest.size()));
    for (const auto& known : group) intake_.known_[known.project].prefetch(known.key);
    for (const auto& known : group) intake_.known_[known.project].insert(known.key, known.received_at);
    rest = rest.subspan(group.size());
  }
}

Timestamp Intake::deduplicated_since() const { return clock_.now() - options_.dedupe_window; }

void Intake::forget_old() {
  const std::lock_guard lock(order_);
  for (auto& [project, ids] : known_) ids.forget_before(deduplicated_since());
}

Status Intake::check_rate(model::ProjectId project, std::size_t events) {
  const auto wait = rate_limit_.take(project, events, std::chrono::steady_clock::now());
  if (!wait) return {};
  count_limited(project, events);
  return limited("the project sends more than " + std::to_string(rate_limit_.events_per_second()) +
                     " events a second; send these again after " + std::to_string(wait->count()) + " s",
                 *wait);
}

void Intake::count_limited(model::ProjectId project, std::uint64_t events) {
  limited_events_.fetch_add(events, std::memory_order_relaxed);
  limited_.with([&](auto& counts) { counts[{project, hour_of(clock_.now())}] += events; });
}

std::vector<Intake::Limited> Intake::take_limited() {
  return limited_.with([](auto& counts) {
    std::vector<Limited> taken;
    for (const auto& [key, events] : counts) taken.push_back({key.first, key.second, events});
    counts.clear();
    return taken;
  });
}

Intake::Stats Intake::stats() const {
  Stats stats{accepted_, duplicates_, rejected_, limited_events_, 0, 0};
  const std::lock_guard lock(order_);
  for (const auto& [project, ids] : known_) {
    stats.ids += ids.size();
    stats.id_bytes += ids.memory_bytes();
  }
  return stats;
}

}  // namespace spectrum::ingest
