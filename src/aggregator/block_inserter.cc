#include "aggregator/block_inserter.h"

#include <algorithm>
#include <utility>

namespace adtally {

BlockInserter::BlockInserter(std::vector<Block> blocks, Calls calls, bool ask_every_time)
    : blocks_(std::move(blocks)),
      calls_(std::move(calls)),
      ask_every_time_(ask_every_time),
      done_(blocks_.empty()) {}

Result<void> BlockInserter::AskReceipts() {
  std::vector<uint32_t> partitions;
  for (const Block& block : blocks_) partitions.push_back(block.store_partition);
  ADTALLY_ASSIGN(const std::vector<uint32_t> held, calls_.read_receipts(partitions));
  missing_ = blocks_;
  std::erase_if(missing_, [&](const Block& block) {
    return std::ranges::find(held, block.store_partition) != held.end();
  });
  ask_again_ = ask_every_time_;
  done_ = missing_.empty();
  return {};
}

Result<void> BlockInserter::InsertNext() {
  auto inserted = calls_.insert(missing_.back(), retry_);
  if (!inserted.ok()) {
    ask_again_ = true;
    return inserted;
  }
  missing_.pop_back();
  if (!missing_.empty()) return {};
  done_ = !ask_again_;
  retry_ += ask_again_;
  return {};
}

}  // namespace adtally
