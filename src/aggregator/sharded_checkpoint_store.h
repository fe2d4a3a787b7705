#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/checkpoint_store.h"
#include "store/store.h"

namespace adtally {

// Delivers into a store of several shards: rows, receipts, ledger and progress of log partition p
// are at shard p mod their number, and nowhere else, so that each question about a partition is
// for one shard. Thread-safe.
class ShardedCheckpointStore final : public CheckpointStore {
 public:
  // Each Store answers for the rows of one shard alone (see ShardStore); at least one. They are
  // asked which partitions they hold: kConflict when one is not where it would be looked for, since
  // what it has counted would be counted again elsewhere.
  static Result<std::unique_ptr<CheckpointStore>> Open(std::vector<std::unique_ptr<Store>> shards);

  Result<std::optional<std::string>> ReadLogId() override;
  Result<void> WriteLogId(const std::string& log_id) override;
  Result<std::optional<Progress>> ReadProgress(Partition partition) override;
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override;
  Result<std::vector<uint32_t>> ReadClickReceipts(Partition partition, Offset end,
                                                  std::span<const uint32_t> months) override;
  Result<void> InsertClickConversions(uint32_t month, std::span<const ClickConversionRow> rows,
                                      Partition partition, Offset end,
                                      std::string_view token) override;
  Result<void> InsertLedger(Partition partition, Offset end,
                            std::span<const LedgerRow> rows) override;
  Result<void> InsertReach(Partition partition, const Reach& reach) override;
  Result<void> WriteProgress(Partition partition, Progress progress) override;

 private:
  struct Shard {
    std::unique_ptr<Store> store;
    std::unique_ptr<CheckpointStore> checkpoints;
  };

  explicit ShardedCheckpointStore(std::vector<Shard> shards);
  CheckpointStore& Of(Partition partition);

  const std::vector<Shard> shards_;
};

}  // namespace adtally
