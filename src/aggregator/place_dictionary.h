#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/event.h"

namespace adtally {

// Numbers place codes in the order in which they are first met, for a dictionary-encoded column of
// the store. The unknown place "" is always number 0. Not thread-safe; Clear() keeps the memory.
class PlaceDictionary {
 public:
  PlaceDictionary();

  // The code's number. Fewer than 65,536 codes have one: aborts beyond, which codes of three
  // letters and digits do not reach.
  template <int N>
  uint16_t NumberOf(const PlaceCode<N>& code) {
    static_assert(N <= 3);
    uint32_t packed = 0;
    for (int i = 0; i < N; ++i) {
      packed |= static_cast<uint32_t>(static_cast<uint8_t>(code.chars[static_cast<size_t>(i)]))
                << (8 * i);
    }
    if (packed == 0) return 0;
    const Slot& slot = slots_[Home(packed)];
    return slot.packed == packed ? slot.number : Find(packed);
  }

  // keys()[n] is the code with number n. Valid until the next call that is not const.
  std::span<const std::string_view> keys();

  // Forgets all codes but "".
  void Clear();

 private:
  struct Slot {
    uint32_t packed = 0;  // 0 when the slot is empty
    uint16_t number = 0;
  };
  size_t Home(uint32_t packed) const { return packed * 0x9e3779b1u >> shift_; }
  uint16_t Find(uint32_t packed);
  void Grow();

  // Open addressing with linear probing, at most half full.
  std::vector<Slot> slots_;
  int shift_;                    // 32 - log2 of the number of slots
  std::vector<uint32_t> codes_;  // by number
  std::vector<std::string_view> keys_;
};

}  // namespace adtally
