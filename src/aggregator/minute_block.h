#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "aggregator/place_dictionary.h"
#include "base/strong.h"
#include "counting/checkpoint.h"
#include "store/native_block.h"

namespace adtally {

// Encodes the rows of one checkpoint and hour as one block of adtally.minute, the receipt first.
// Values go from the rows to their places in the block, a few rows at a time. Keeps its buffers for
// the next block. Not thread-safe.
class MinuteBlock {
 public:
  // What Store::Insert must be told about the block.
  static std::string_view into();

  // `rows` are of `hour`, sorted as in a Checkpoint, which is the order of the table's key: the
  // store need not sort. The bytes are valid until the next call and point to nothing in `rows`.
  std::string_view Encode(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                          Offset end);

  // The memory that it keeps.
  size_t kept_bytes() const;

 private:
  NativeBlock block_;
  PlaceDictionary countries_, regions_;
  std::vector<uint16_t> country_, region_;  // by row
};

}  // namespace adtally
