#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace adtally {

// Sorts rows by their keys. Keeps its memory, 36 bytes a row, for the next time. Not thread-safe.
class RowSorter {
 public:
  // The order of `count` rows, valid until the next call. A key is three words at the begin of a
  // row, compared one after the other. `stride`: bytes from row to row. Fewer than 2^32 rows.
  //
  // Only the bits in which the keys differ are sorted by, packed into 63 bits, with a radix sort
  // of 11 bits a pass; keys that need more bits are told apart by comparing.
  std::span<const uint32_t> Sort(const std::byte* rows, size_t count, size_t stride);

 private:
  struct Entry {
    uint64_t prefix;
    uint32_t row;
  };
  void RadixSort(int bits);

  std::vector<Entry> entries_;
  std::vector<Entry> other_;
  std::vector<uint32_t> order_;
};

}  // namespace adtally
