#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "aggregator/checkpoint_store.h"
#include "store/store.h"

namespace adtally {

// Delivers checkpoints into the tables of src/store/schema. Thread-safe. The store must outlive it
// and be migrated.
class SqlCheckpointStore final : public CheckpointStore {
 public:
  explicit SqlCheckpointStore(Store& store, bool may_keep_tokens_without_rows = false);
  ~SqlCheckpointStore() override;

  Result<std::optional<std::string>> ReadLogId() override;
  Result<void> WriteLogId(const std::string& log_id) override;
  Result<std::optional<Progress>> ReadProgress(Partition partition) override;
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override;
  // The rows of one hour sorted by key, as in a Checkpoint: they are sent in the table's order.
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
  bool MayKeepTokensWithoutRows() const override { return may_keep_tokens_without_rows_; }

 private:
  class Buffers;
  class BuffersLease;

  Store& store_;
  const bool may_keep_tokens_without_rows_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Buffers>> free_;  // at most as many as there were calls at a time
  size_t free_bytes_ = 0;                       // which the free ones keep
};

}  // namespace adtally
