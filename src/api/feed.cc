#include "api/feed.h"

#include <algorithm>
#include <deque>

#include "api/event_list.h"
#include "base/log.h"
#include "base/this_thread.h"
#include "model/record.h"

namespace spectrum::api {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kSecond{1};
constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::chrono::seconds kCheck{5};  ///< between two looks at health, and at whether a client may still listen
constexpr std::size_t kReadBytes = 1 << 20;
constexpr model::Position kMostBehind = 100'000;  ///< further behind, the feed skips to the newest
constexpr std::size_t kRowBytes = 16 << 10;
constexpr std::size_t kPieceBytes = 64 << 10;      ///< of events in one tick
constexpr std::size_t kCatchUpBytes = 192 << 10;   ///< less than a stream takes at once
constexpr std::size_t kCatchUpRows = 1000;

/// One message; `data` is JSON, where a line break is nothing but space.
void append_message(std::string& out, std::string_view name, model::Position id, std::string data) {
  std::replace(data.begin(), data.end(), '\n', ' ');
  std::replace(data.begin(), data.end(), '\r', ' ');
  out += "id: " + std::to_string(id) + "\nevent: ";
  out += name;
  out += "\ndata: " + data + "\n\n";
}

std::string two_numbers(std::string_view first, std::uint64_t one, std::string_view second, std::uint64_t other) {
  JsonWriter json;
  json.begin_object().key(first).integer(static_cast<std::int64_t>(one));
  json.key(second).integer(static_cast<std::int64_t>(other)).end_object();
  return json.take();
}

query::EventRow row_of(model::Position position, const model::Event& event) {
  query::EventRow row;
  row.event_id = event.event_id;
  row.event_type = event.event_type;
  row.user_id = event.user_key();
  row.is_anonymous = event.is_anonymous();
  row.occurred_at = event.occurred_at;
  row.received_at = event.received_at;
  row.position = position;
  row.anonymous_id = event.anonymous_id;
  row.session_id = event.session_id;
  row.sku = event.product_sku;
  row.product_name = event.product_name;
  row.category = event.product_category;
  row.experiment_id = event.experiment_id;
  row.variant = event.variant;
  row.source = event.source;
  row.entity_id = event.entity_id;
  row.status = event.status;
  row.currency = event.currency;
  row.price_usd = event.product_price_usd;
  row.value = event.value;
  row.amount_minor = event.amount_minor;
  row.properties = event.properties;
  row.context = event.context;
  return row;
}

/// The message of an event; a very large one goes without its properties and context.
std::string message_of(model::Position position, const model::Event& event) {
  auto row = row_of(position, event);
  if (row.properties.size() + row.context.size() > kRowBytes) {
    row.properties.clear();
    row.context.clear();
  }
  JsonWriter json;
  write_event(json, row);
  std::string message;
  append_message(message, "event", position, json.take());
  return message;
}

}  // namespace

/// One client. Rows gather in `rows_` until the end of a tick; each second begins new counts.
class Feed::Listener {
 public:
  Listener(Subscription wants, http::Stream stream, SteadyTime now)
      : wants_(std::move(wants)), stream_(std::move(stream)), second_(now), checked_(now - kCheck), said_(now) {}

  /// Begins behind `position`, after what the client has missed.
  void begin(ports::EventLog& log, model::Position position) {
    if (wants_.events && wants_.after && *wants_.after < position) catch_up(log, *wants_.after, position);
    write(": listening\nid: " + std::to_string(position) + "\n\n");
  }

  void take(model::Position position, const model::Record& record) {
    if (const auto* const event = std::get_if<model::Event>(&record)) {
      if (event->project_id != wants_.project) return;
      ++stored_;
      if (!is_wanted(*event)) return;
      ++seen_;
      if (seen_ % every_ != 0 || shown_ + row_count_ >= kMostShown || rows_.size() > kPieceBytes) return;
      rows_ += message_of(position, *event);
      ++row_count_;
    } else if (const auto* const rejection = std::get_if<model::Rejection>(&record)) {
      if (rejection->project_id == wants_.project) ++rejected_;
    } else if (const auto* const known = std::get_if<model::Duplicates>(&record)) {
      if (known->project_id == wants_.project) duplicates_ += known->count;
    }
  }

  void say_gap(model::Position from, model::Position until) {
    if (!wants_.events) return;
    std::string text;
    append_message(text, "gap", until, two_numbers("from", from, "until", until));
    write(std::move(text));
  }

  /// Sends what has gathered. False when the client has gone, or may not listen any more.
  bool end_tick(SteadyTime now, model::Position position) {
    if (row_count_ > 0 && write(std::move(rows_))) shown_ += row_count_;
    rows_.clear();
    row_count_ = 0;
    std::string text;
    if (now - second_ >= kSecond) end_second(text, position, now);
    if (now - checked_ >= kCheck) {
      checked_ = now;
      if (!wants_.is_allowed()) return false;
      if (wants_.health) append_message(text, "health", position, wants_.health());
    }
    if (text.empty() && now - said_ >= kHeartbeat) text = ": still here\nid: " + std::to_string(position) + "\n\n";
    if (!text.empty()) write(std::move(text));
    return !stream_.is_abandoned();
  }

 private:
  /// Shows what came behind `after` up to `until`, as far as it is held.
  void catch_up(ports::EventLog& log, model::Position after, model::Position until) {
    model::Position missed = std::max(after, until - std::min(until, kHeld));
    std::deque<std::pair<model::Position, std::string>> messages;
    std::size_t bytes = 0;
    const auto forget_first = [&] {
      missed = messages.front().first;
      bytes -= messages.front().second.size();
      messages.pop_front();
    };
    const auto reader = log.read_after(missed);
    if (!reader) missed = until;
    for (model::Position at = missed; at < until;) {
      const auto records = (*reader)->next(kReadBytes);
      if (!records || records->empty()) break;
      for (const auto& stored : *records) {
        at = stored.position;
        if (at > until) break;
        const auto record = model::decode_record(stored.bytes);
        const auto* const event = record ? std::get_if<model::Event>(&*record) : nullptr;
        if (!event || event->project_id != wants_.project || !is_wanted(*event)) continue;
        messages.emplace_back(at, message_of(at, *event));
        bytes += messages.back().second.size();
        while (messages.size() > kCatchUpRows || bytes > kCatchUpBytes) forget_first();
      }
    }
    if (missed > after) say_gap(after + 1, missed);
    std::string text;
    for (const auto& [position, message] : messages) text += message;
    if (!text.empty()) write(std::move(text));
  }

  bool is_wanted(const model::Event& event) const {
    return wants_.events && (wants_.event_type.empty() || wants_.event_type == event.event_type) &&
           (wants_.user_id.empty() || wants_.user_id == event.user_key());
  }

  void end_second(std::string& text, model::Position position, SteadyTime now) {
    if (shown_ != seen_ || was_sampled_) append_message(text, "sample", position, two_numbers("shown", shown_, "seen", seen_));
    was_sampled_ = shown_ != seen_;
    if (wants_.rates) {
      JsonWriter json;
      json.begin_object().key("stored").integer(static_cast<std::int64_t>(stored_));
      json.key("duplicate").integer(static_cast<std::int64_t>(duplicates_));
      json.key("quarantined").integer(static_cast<std::int64_t>(rejected_));
      json.key("seconds").number(std::chrono::duration<double>(now - second_).count()).end_object();
      append_message(text, "rate", position, json.take());
    }
    every_ = std::max<std::uint64_t>(1, (seen_ + kMostShown - 1) / kMostShown);
    seen_ = shown_ = stored_ = duplicates_ = rejected_ = 0;
    second_ = now;
  }

  bool write(std::string text) {
    if (!stream_.write(std::move(text))) return false;
    said_ = steady_clock::now();
    return true;
  }

  const Subscription wants_;
  const http::Stream stream_;
  std::string rows_;
  std::uint64_t row_count_ = 0;
  std::uint64_t seen_ = 0, shown_ = 0, stored_ = 0, duplicates_ = 0, rejected_ = 0;  // in this second
  std::uint64_t every_ = 1;  // of the events seen, one of so many is shown
  bool was_sampled_ = false;
  SteadyTime second_, checked_, said_;
};

Feed::Feed(ports::EventLog& log) : log_(log), thread_([this](const std::stop_token& stop) { run(stop); }) {}
Feed::~Feed() { stop(); }

bool Feed::subscribe(Subscription subscription, const http::Responder& responder) {
  const std::lock_guard lock(mutex_);
  if (streams_ >= kMaxStreams) return false;
  http::Response head;
  head.content_type = "text/event-stream";
  head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  head.body = "retry: 2000\n\n";
  if (auto stream = responder.stream(std::move(head))) {
    ++streams_;
    arriving_.push_back(std::make_unique<Listener>(std::move(subscription), std::move(*stream), steady_clock::now()));
    changed_.notify_one();
  }
  return true;
}

std::size_t Feed::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

void Feed::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  listeners_.clear();
  const std::lock_guard lock(mutex_);
  arriving_.clear();
}

void Feed::run(const std::stop_token& stop) {
  name_thread("feed");
  while (wait_for_tick(stop)) {
    follow_log();
    admit();
    const auto now = steady_clock::now();
    const auto gone = std::erase_if(listeners_, [&](const auto& listener) { return !listener->end_tick(now, position_); });
    if (listeners_.empty()) reader_.reset();
    const std::lock_guard lock(mutex_);
    streams_ -= gone;
  }
}

/// Sleeps while nobody listens.
bool Feed::wait_for_tick(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (listeners_.empty()) {
    changed_.wait(lock, stop, [&] { return !arriving_.empty(); });
  } else {
    changed_.wait_for(lock, stop, kTick, [] { return false; });
  }
  return !stop.stop_requested();
}

void Feed::admit() {
  std::vector<std::unique_ptr<Listener>> arriving;
  {
    const std::lock_guard lock(mutex_);
    arriving.swap(arriving_);
  }
  if (!reader_) skip_to(log_.stats().last);
  for (auto& listener : arriving) {
    listener->begin(log_, position_);
    listeners_.push_back(std::move(listener));
  }
}

void Feed::follow_log() {
  if (!reader_) return;
  const model::Position last = log_.stats().last;
  if (last > position_ + kMostBehind) skip_to(last);
  while (reader_ && position_ < last) {
    const auto records = reader_->next(kReadBytes);
    if (!records) {
      log_warning("the live stream cannot read the log and skips", {{"reason", records.error().message}});
      return skip_to(last);
    }
    if (records->empty()) return;
    for (const auto& stored : *records) {
      position_ = stored.position;
      const auto record = model::decode_record(stored.bytes);
      if (!record) continue;
      for (const auto& listener : listeners_) listener->take(position_, *record);
    }
  }
}

/// Goes on behind `position`; those who listen already are told what they miss.
void Feed::skip_to(model::Position position) {
  for (const auto& listener : listeners_) {
    if (position > position_) listener->say_gap(position_ + 1, position);
  }
  position_ = position;
  auto reader = log_.read_after(position);
  reader_ = reader ? std::move(reader).value() : nullptr;
}

}  // namespace spectrum::api
