#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace spectrum::http {

/// So many bytes that all connections together may hold for large bodies. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : left_(static_cast<std::ptrdiff_t>(bytes)) {}

  bool take(std::size_t bytes) {
    const auto wanted = static_cast<std::ptrdiff_t>(bytes);
    if (left_.fetch_sub(wanted, std::memory_order_relaxed) >= wanted) return true;
    give_back(bytes);
    return false;
  }
  void give_back(std::size_t bytes) {
    left_.fetch_add(static_cast<std::ptrdiff_t>(bytes), std::memory_order_relaxed);
  }

 private:
  std::atomic<std::ptrdiff_t> left_;
};

}  // namespace spectrum::http
