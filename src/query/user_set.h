#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace spectrum::query {

/// A set of users, or of whatever has dense numbers from 1: one bit for each.
class UserSet {
 public:
  /// Whether it was not there.
  bool add(std::int64_t id) {
    const auto word = static_cast<std::size_t>(id) / 64;
    if (word >= words_.size()) words_.resize(std::max(word + 1, words_.size() + words_.size() / 4));
    const std::uint64_t bit = std::uint64_t{1} << (id % 64);
    const bool is_new = (words_[word] & bit) == 0;
    words_[word] |= bit;
    return is_new;
  }
  /// Some at once: `id_of(0)` up to `count`, none of them above `most`.
  template <typename IdOf>
  void add(std::size_t count, std::int64_t most, IdOf id_of) {
    const auto words = static_cast<std::size_t>(most) / 64 + 1;
    if (words > words_.size()) words_.resize(words);
    std::uint64_t* const bits = words_.data();
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t id = id_of(i);
      bits[static_cast<std::size_t>(id) / 64] |= std::uint64_t{1} << (id % 64);
    }
  }
  /// Takes out what is there.
  void remove(std::int64_t id) { words_[static_cast<std::size_t>(id) / 64] &= ~(std::uint64_t{1} << (id % 64)); }
  void merge(const UserSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }
  /// Counts them.
  std::int64_t size() const {
    std::int64_t size = 0;
    for (const auto word : words_) size += std::popcount(word);
    return size;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace spectrum::query
