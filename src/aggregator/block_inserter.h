#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"

namespace adtally {

// Inserts the blocks of a checkpoint into one table, each with its receipt, so that doing it again
// changes nothing: asks which of them are in, inserts the others, and asks again when it cannot
// know whether they are. See Delivery. One call to the store a step. Not thread-safe.
class BlockInserter {
 public:
  // The rows of one partition of the store: [first, last) of the checkpoint's.
  struct Block {
    uint32_t store_partition;
    size_t first;
    size_t last;
  };
  // What the store is asked and told.
  struct Calls {
    // Which of these store partitions hold the receipt.
    std::function<Result<std::vector<uint32_t>>(std::span<const uint32_t>)> read_receipts;
    // `retry`: goes into the token, so that a block whose token was left without its rows gets in.
    std::function<Result<void>(const Block&, int retry)> insert;
  };

  // `ask_every_time`: what was inserted may be missing although it did not fail.
  BlockInserter(std::vector<Block> blocks, Calls calls, bool ask_every_time);

  // Whether all blocks are in.
  bool done() const { return done_; }
  // Does the next step; not when done. After an error the same step is tried again.
  Result<void> Step() { return missing_.empty() ? AskReceipts() : InsertNext(); }

 private:
  Result<void> AskReceipts();
  Result<void> InsertNext();

  const std::vector<Block> blocks_;
  const Calls calls_;
  const bool ask_every_time_;
  // Those whose receipt was not found and that were not inserted since.
  std::vector<Block> missing_;
  bool done_;
  bool ask_again_ = false;  // an insert failed since the receipts were asked for, or may have
  int retry_ = 0;
};

// The blocks of rows that are sorted by their store partition.
template <class Row, class PartitionOf>
std::vector<BlockInserter::Block> BlocksOf(const std::vector<Row>& rows, PartitionOf partition_of) {
  std::vector<BlockInserter::Block> blocks;
  for (size_t first = 0; first < rows.size();) {
    const uint32_t partition = partition_of(rows[first]);
    size_t last = first;
    while (last < rows.size() && partition_of(rows[last]) == partition) ++last;
    blocks.push_back({partition, first, last});
    first = last;
  }
  return blocks;
}

}  // namespace adtally
