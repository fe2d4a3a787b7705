#include "base/zeroed_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace adtally {
namespace {

constexpr size_t kAlignment = 128;
constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;
// Smaller blocks come from the heap: a mapping each would cost more than it saves.
constexpr size_t kMinMapped = 64 * 1024;

size_t RoundUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

void* Map(size_t bytes) {
  const int protection = PROT_READ | PROT_WRITE;
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  if (bytes < kHugePage) return mmap(nullptr, bytes, protection, flags, -1, 0);
  // Only an aligned address can be backed by huge pages: map more and give back both ends.
  const size_t wide = bytes + kHugePage;
  void* mapped = mmap(nullptr, wide, protection, flags, -1, 0);
  if (mapped == MAP_FAILED) return mapped;
  char* const begin = static_cast<char*>(mapped);
  const size_t head = (kHugePage - reinterpret_cast<uintptr_t>(mapped) % kHugePage) % kHugePage;
  if (head > 0) munmap(begin, head);
  if (wide - head > bytes) munmap(begin + head + bytes, wide - head - bytes);
  // Without the part of the last huge page that would not be used. Advice only: it may be refused.
  (void)madvise(begin + head, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  return begin + head;
}

}  // namespace

size_t ZeroedBytes(size_t bytes) {
  return RoundUp(bytes, bytes < kMinMapped ? kAlignment : kPage);
}

void* AllocateZeroed(size_t bytes) {
  if (bytes == 0) return nullptr;
  const size_t rounded = ZeroedBytes(bytes);
  if (bytes < kMinMapped) {
    void* const data = std::aligned_alloc(kAlignment, rounded);
    ADTALLY_CHECK(data != nullptr, "out of memory");
    std::memset(data, 0, rounded);
    return data;
  }
  void* const data = Map(rounded);
  ADTALLY_CHECK(data != MAP_FAILED, "out of memory");
  return data;
}

void FreeZeroed(void* data, size_t bytes) {
  if (data == nullptr) return;
  if (bytes < kMinMapped) {
    std::free(data);
  } else {
    munmap(data, ZeroedBytes(bytes));
  }
}

}  // namespace adtally
