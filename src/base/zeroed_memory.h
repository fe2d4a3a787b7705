#pragma once

#include <cstddef>
#include <utility>

namespace adtally {

// Zeroed memory, aligned to 128 bytes. Large blocks are mapped apart from the heap, with huge pages
// where the machine allows them, so that a random access does not also miss the TLB, and go back to
// the machine when they are freed. Aborts when the machine has no memory left.
void* AllocateZeroed(size_t bytes);
// `bytes` as they were asked for.
void FreeZeroed(void* data, size_t bytes);
// What a block takes from the machine once it is touched, rounding included.
size_t ZeroedBytes(size_t bytes);

// Owns a block of zeroed memory.
class ZeroedMemory {
 public:
  ZeroedMemory() = default;
  explicit ZeroedMemory(size_t bytes) : data_(AllocateZeroed(bytes)), bytes_(bytes) {}
  ~ZeroedMemory() { FreeZeroed(data_, bytes_); }
  ZeroedMemory(ZeroedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  ZeroedMemory& operator=(ZeroedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  void* data() const { return data_; }
  size_t bytes() const { return ZeroedBytes(bytes_); }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

// For containers that are accessed at random.
template <class T>
struct HugePageAllocator {
  using value_type = T;
  HugePageAllocator() = default;
  template <class U>
  HugePageAllocator(const HugePageAllocator<U>&) {}  // NOLINT: implicit, as the standard wants it

  T* allocate(size_t count) { return static_cast<T*>(AllocateZeroed(count * sizeof(T))); }
  void deallocate(T* data, size_t count) { FreeZeroed(data, count * sizeof(T)); }
  friend bool operator==(HugePageAllocator, HugePageAllocator) { return true; }
};

}  // namespace adtally
