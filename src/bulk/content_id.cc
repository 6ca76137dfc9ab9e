#include "bulk/content_id.h"

#include "base/sha256.h"

namespace spectrum::bulk {
namespace {

constexpr std::size_t kFirstSlots = 1 << 16;

std::string id_of(std::string_view seed) {
  std::string id;
  append_uuid(id, as_uuid8(sha256_128(seed)));
  return id;
}

}  // namespace

ContentIds::ContentIds() : slots_(kFirstSlots) {}

std::string ContentIds::next(std::string_view content) {
  const Id128 digest = sha256_128(content);
  const std::uint32_t before = count(digest.high | 1);  // 0 marks an empty slot
  std::string id;
  if (before == 0) {
    append_uuid(id, as_uuid8(digest));
    return id;
  }
  append_uuid(id, digest);
  return id_of(id + "#" + std::to_string(before));
}

std::string ContentIds::of_position(std::string_view file, std::uint64_t line) {
  return id_of(std::string(file) + ":" + std::to_string(line));
}

std::uint32_t ContentIds::count(std::uint64_t fingerprint) {
  if (used_ * 4 > slots_.size() * 3) grow();
  std::size_t i = fingerprint >> 1 & (slots_.size() - 1);
  for (; slots_[i] != 0; i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i] == fingerprint) return ++repeated_[fingerprint];
  }
  slots_[i] = fingerprint;
  ++used_;
  return 0;
}

void ContentIds::grow() {
  HugeArray<std::uint64_t> old(slots_.size() * 2);
  std::swap(old, slots_);
  for (const auto fingerprint : old) {
    if (fingerprint == 0) continue;
    std::size_t i = fingerprint >> 1 & (slots_.size() - 1);
    while (slots_[i] != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = fingerprint;
  }
}

}  // namespace spectrum::bulk
