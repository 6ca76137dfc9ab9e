#include "model/record.h"

#include <array>
#include <bit>

#include "base/bytes.h"

namespace spectrum::model {
namespace {

enum class Kind : std::uint8_t { event = 1, rejection = 2, duplicates = 3 };

using TextField = std::string_view Event::*;

/// The order is the format: a text field's index is its bit in the presence mask. Append only.
constexpr std::array<TextField, 19> kTextFields = {
    &Event::event_id,    &Event::event_type,   &Event::user_id,          &Event::anonymous_id, &Event::session_id,
    &Event::product_sku, &Event::product_name, &Event::product_category, &Event::currency,     &Event::experiment_id,
    &Event::variant,     &Event::source,       &Event::entity_id,        &Event::status,       &Event::page,
    &Event::user_segment, &Event::user_traits, &Event::properties,       &Event::context};

constexpr std::uint32_t kTextBits = (1u << kTextFields.size()) - 1;
constexpr std::uint32_t kHasValue = 1u << 24;
constexpr std::uint32_t kHasAmount = 1u << 25;
constexpr std::uint32_t kHasPrice = 1u << 26;
constexpr std::uint32_t kHasReplay = 1u << 27;
constexpr std::uint32_t kKnownBits = kHasValue | kHasAmount | kHasPrice | kHasReplay | kTextBits;

template <typename Writer>
void write_head(Writer& write, Kind kind, ProjectId project, Timestamp received_at) {
  write.number(kind);
  write.varint(static_cast<std::uint64_t>(project));
  write.number(to_micros(received_at));
}

/// What an event's record holds, and how many bytes it has at most.
struct Extent {
  std::uint32_t mask = 0;
  std::size_t bytes = sizeof(Kind) + 2 * sizeof(std::int64_t) + sizeof(std::uint32_t) + 3 * sizeof(std::int64_t) +
                      2 * BoundedByteWriter::kVarintBytes;
};

Extent extent_of(const Event& event) {
  Extent extent;
#pragma GCC unroll 19
  for (std::size_t i = 0; i < kTextFields.size(); ++i) {
    const std::size_t size = (event.*kTextFields[i]).size();
    extent.mask |= std::uint32_t{size > 0} << i;
    extent.bytes += size;
  }
  extent.bytes += kTextFields.size() * BoundedByteWriter::kVarintBytes;
  if (event.value) extent.mask |= kHasValue;
  if (event.amount_minor) extent.mask |= kHasAmount;
  if (event.product_price_usd) extent.mask |= kHasPrice;
  if (event.replay_of != 0) extent.mask |= kHasReplay;
  return extent;
}

void read_event(ByteReader& read, Event& event) {
  event.project_id = static_cast<ProjectId>(read.varint());
  event.received_at = from_micros(read.number<std::int64_t>());
  event.occurred_at = from_micros(read.number<std::int64_t>());
  const auto mask = read.number<std::uint32_t>();
  if (mask & ~kKnownBits) read.fail();  // a later format's field, which must not be lost in silence
  for (std::uint32_t left = mask & kTextBits; left != 0; left &= left - 1) {
    event.*kTextFields[static_cast<std::size_t>(std::countr_zero(left))] = read.text();
  }
  if (mask & kHasValue) event.value = read.number<double>();
  if (mask & kHasAmount) event.amount_minor = read.number<std::int64_t>();
  if (mask & kHasPrice) event.product_price_usd = read.number<double>();
  if (mask & kHasReplay) event.replay_of = read.varint();
}

void read_rejection(ByteReader& read, Rejection& rejection) {
  rejection.project_id = static_cast<ProjectId>(read.varint());
  rejection.received_at = from_micros(read.number<std::int64_t>());
  rejection.code = read.text();
  rejection.message = read.text();
  rejection.pointer = read.text();
  rejection.payload = read.text();
  rejection.file = read.text();
  rejection.line = read.varint();
}

void read_duplicates(ByteReader& read, Duplicates& duplicates) {
  duplicates.project_id = static_cast<ProjectId>(read.varint());
  duplicates.received_at = from_micros(read.number<std::int64_t>());
  duplicates.count = read.varint();
  duplicates.replay_of = read.varint();
}

}  // namespace

void encode(const Event& event, std::string& out) {
  const auto [mask, bytes] = extent_of(event);
  BoundedByteWriter write(out, bytes);
  write_head(write, Kind::event, event.project_id, event.received_at);
  write.number(to_micros(event.occurred_at));
  write.number(mask);
  for (std::uint32_t left = mask & kTextBits; left != 0; left &= left - 1) {
    write.text(event.*kTextFields[static_cast<std::size_t>(std::countr_zero(left))]);
  }
  if (event.value) write.number(*event.value);
  if (event.amount_minor) write.number(*event.amount_minor);
  if (event.product_price_usd) write.number(*event.product_price_usd);
  if (event.replay_of != 0) write.varint(event.replay_of);
}

void encode(const Rejection& rejection, std::string& out) {
  ByteWriter write(out);
  write_head(write, Kind::rejection, rejection.project_id, rejection.received_at);
  write.text(rejection.code);
  write.text(rejection.message);
  write.text(rejection.pointer);
  write.text(rejection.payload);
  write.text(rejection.file);
  write.varint(rejection.line);
}

void encode(const Duplicates& duplicates, std::string& out) {
  ByteWriter write(out);
  write_head(write, Kind::duplicates, duplicates.project_id, duplicates.received_at);
  write.varint(duplicates.count);
  write.varint(duplicates.replay_of);
}

std::optional<EventHead> event_head(std::string_view bytes) {
  ByteReader read(bytes);
  if (read.number<Kind>() != Kind::event) return std::nullopt;
  EventHead head;
  head.project_id = static_cast<ProjectId>(read.varint());
  head.received_at = from_micros(read.number<std::int64_t>());
  (void)read.number<std::int64_t>();   // occurred_at
  (void)read.number<std::uint32_t>();  // the mask; the id is the first text, and always there
  head.event_id = read.text();
  if (!read.ok()) return std::nullopt;
  return head;
}

Result<Record> decode_record(std::string_view bytes) {
  ByteReader read(bytes);
  const auto kind = read.number<Kind>();
  Result<Record> decoded{Record()};  // filled where the caller finds it: an event is some hundred bytes
  Record& record = *decoded;
  switch (kind) {
    case Kind::event: read_event(read, record.emplace<Event>()); break;
    case Kind::rejection: read_rejection(read, record.emplace<Rejection>()); break;
    case Kind::duplicates: read_duplicates(read, record.emplace<Duplicates>()); break;
    default: return corrupt("a log record of unknown kind " + std::to_string(static_cast<int>(kind)));
  }
  if (!read.ok() || !read.at_end()) return corrupt("a log record of kind " + std::to_string(static_cast<int>(kind)) +
                                                   " does not have the length its fields say");
  return decoded;
}

}  // namespace spectrum::model
