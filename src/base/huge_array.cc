#include "base/huge_array.h"

#include <sys/mman.h>

#include "base/assert.h"

namespace spectrum {

void* allocate_huge(std::size_t bytes) {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  SPECTRUM_ASSERT(memory != MAP_FAILED, "out of memory for a table");
  ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void free_huge(void* memory, std::size_t bytes) { ::munmap(memory, bytes); }

}  // namespace spectrum
