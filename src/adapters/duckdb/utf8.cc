#include "adapters/duckdb/utf8.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace spectrum::duckdb {
namespace {

constexpr std::array kTexts = {
    &model::Event::event_id,      &model::Event::event_type,       &model::Event::user_id,
    &model::Event::anonymous_id,  &model::Event::session_id,       &model::Event::product_sku,
    &model::Event::product_name,  &model::Event::product_category, &model::Event::currency,
    &model::Event::experiment_id, &model::Event::variant,          &model::Event::source,
    &model::Event::entity_id,     &model::Event::status,           &model::Event::page,
    &model::Event::user_segment,  &model::Event::user_traits,      &model::Event::properties,
    &model::Event::context};

constexpr std::uint64_t kHighBits = 0x8080'8080'8080'8080;

bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    seen |= word;
  }
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return !(seen & kHighBits);
}

/// The length of the well-formed character at the front (Unicode, table 3-7), or 0.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0), second = byte(1);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool all_utf8(const model::Event& event) {
  for (const auto text : kTexts) {
    if (!is_utf8(event.*text)) return false;
  }
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) {
  if (is_ascii(text)) return true;
  while (!text.empty()) {
    const std::size_t size = character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string repaired_utf8(std::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    const std::size_t size = character(text);
    repaired += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return repaired;
}

const model::Event& Utf8Guard::check(const model::Event& event) {
  if (all_utf8(event)) [[likely]]
    return event;
  model::Event& copy = repaired_.emplace_back(event);
  for (const auto text : kTexts) {
    if (!is_utf8(copy.*text)) copy.*text = texts_.emplace_back(repaired_utf8(copy.*text));
  }
  return copy;
}

void Utf8Guard::clear() {
  repaired_.clear();
  texts_.clear();
}

}  // namespace spectrum::duckdb
