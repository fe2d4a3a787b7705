#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "counting/checkpoint.h"
#include "store/native_block.h"

namespace adtally {

// Encodes the rows of one checkpoint and hour as one block of adtally.minute, the receipt first.
// Keeps its buffers for the next block. Not thread-safe.
class MinuteBlock {
 public:
  // What Store::Insert must be told about the block.
  static std::string_view into();

  // `rows` are of `hour`, sorted as in a Checkpoint, which is the order of the table's key: the
  // store need not sort. The bytes are valid until the next call and point to nothing in `rows`.
  std::string_view Encode(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                          Offset end);

  // For how many rows it keeps memory, some 250 bytes each.
  size_t kept_rows() const { return minute_.capacity(); }

 private:
  void Resize(size_t rows);
  void PutReceipt(uint32_t hour, Partition partition, Offset end);
  void Put(size_t at, const MinuteRow& row);

  std::vector<uint32_t> minute_, advertiser_, campaign_, ad_group_, creative_;
  std::vector<uint8_t> device_;
  std::vector<std::string_view> country_, region_;
  std::array<std::vector<uint64_t>, 6> counts_;
  std::vector<int64_t> spend_, value_;
  NativeBlock block_;
};

}  // namespace adtally
