#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "aggregator/place_dictionary.h"
#include "counting/checkpoint.h"
#include "event/event.h"
#include "store/native_block.h"
#include "tiers/tier.h"

namespace adtally {

// Rows of adtally.hour, gathered column by column and encoded as one block. Not thread-safe; Clear
// keeps the memory.
class HourBlock {
 public:
  // What Store::Insert must be told about the block.
  static std::string_view into();

  // `begin_s`: where the row's time begins, seconds since the epoch; `minutes`: how long it is, 60
  // or 15. Rows come in the order of the table's key: the store need not sort them.
  void Add(int64_t begin_s, uint8_t minutes, const Dimensions& dimensions,
           const Measures& measures);

  size_t rows() const { return hours_.size(); }
  // The sums of all rows.
  const Measures& sums() const { return sums_; }
  // Valid until the next call that is not const.
  std::string_view Encode(Generation generation);
  void Clear();

 private:
  std::vector<uint32_t> hours_, advertisers_, campaigns_, ad_groups_, creatives_;
  std::vector<uint8_t> minutes_, devices_;
  std::vector<uint16_t> country_, region_;
  PlaceDictionary countries_, regions_;
  std::array<std::vector<uint64_t>, kCountColumns.size()> counts_;
  std::array<std::vector<int64_t>, kMoneyColumns.size()> money_;
  Measures sums_;
  NativeBlock block_;
};

}  // namespace adtally
