#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/checkpoint_store.h"

namespace adtally {

// Passes every call on to another store: the base of stores that misbehave in one call.
class PassingCheckpointStore : public CheckpointStore {
 public:
  explicit PassingCheckpointStore(CheckpointStore& store) : store_(store) {}
  Result<std::optional<std::string>> ReadLogId() override { return store_.ReadLogId(); }
  Result<void> WriteLogId(const std::string& log_id) override { return store_.WriteLogId(log_id); }
  Result<std::optional<Progress>> ReadProgress(Partition partition) override {
    return store_.ReadProgress(partition);
  }
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override {
    return store_.ReadReceipts(partition, end, hours);
  }
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    return store_.InsertMinuteRows(hour, rows, partition, end, token);
  }
  Result<std::vector<uint32_t>> ReadClickReceipts(Partition partition, Offset end,
                                                  std::span<const uint32_t> months) override {
    return store_.ReadClickReceipts(partition, end, months);
  }
  Result<void> InsertClickConversions(uint32_t month, std::span<const ClickConversionRow> rows,
                                      Partition partition, Offset end,
                                      std::string_view token) override {
    return store_.InsertClickConversions(month, rows, partition, end, token);
  }
  Result<void> InsertLedger(Partition partition, Offset end,
                            std::span<const LedgerRow> rows) override {
    return store_.InsertLedger(partition, end, rows);
  }
  Result<void> InsertReach(Partition partition, const Reach& reach) override {
    return store_.InsertReach(partition, reach);
  }
  Result<void> WriteProgress(Partition partition, Progress progress) override {
    return store_.WriteProgress(partition, progress);
  }
  bool MayKeepTokensWithoutRows() const override { return store_.MayKeepTokensWithoutRows(); }

 protected:
  CheckpointStore& store_;
};

}  // namespace adtally
