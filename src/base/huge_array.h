#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace spectrum {

/// Zeroed memory in huge pages, where the system has them; without memory the program ends.
void* allocate_huge(std::size_t bytes);
void free_huge(void* memory, std::size_t bytes);

/// A large table that is looked into at random: in huge pages a look costs one miss less. Zero at first. Const as a pointer is:
/// what it points to may change.
template <typename T>
  requires std::is_trivially_copyable_v<T>
class HugeArray {
 public:
  explicit HugeArray(std::size_t size) : items_(static_cast<T*>(allocate_huge(size * sizeof(T))), Free{size * sizeof(T)}), size_(size) {}

  T& operator[](std::size_t index) const { return items_[index]; }
  T* begin() const { return items_.get(); }
  T* end() const { return items_.get() + size_; }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    std::size_t bytes;
    void operator()(T* items) const { free_huge(items, bytes); }
  };
  std::unique_ptr<T[], Free> items_;
  std::size_t size_;
};

}  // namespace spectrum
