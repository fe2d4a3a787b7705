#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generator/random.h"

namespace adtally {

// Draws an index with a probability in proportion to its weight, in constant time (Walker's alias
// method). Immutable after construction, hence thread-safe.
class AliasTable {
 public:
  // At least one weight; none negative, not all zero.
  explicit AliasTable(const std::vector<double>& weights);

  uint32_t Sample(Random& random) const {
    const uint64_t bits = random.Next();
    const auto slot = static_cast<uint32_t>(((bits >> 32) * slots_.size()) >> 32);
    const Slot& s = slots_[slot];
    return static_cast<uint32_t>(bits) < s.keep_below ? slot : s.alias;
  }
  size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    uint32_t keep_below;  // out of 2^32; the alias is drawn from there on
    uint32_t alias;
  };
  std::vector<Slot> slots_;
};

// Weights 1 / rank^exponent for ranks 1 to n.
std::vector<double> ZipfWeights(size_t n, double exponent);

}  // namespace adtally
