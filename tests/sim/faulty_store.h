#pragma once

#include <vector>

#include "sim/calls.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/passing_checkpoint_store.h"

namespace adtally {

// The store as one process sees it: calls fail, take effect all the same, or late.
class FaultyStore final : public PassingCheckpointStore {
 public:
  // Both outlive the object.
  FaultyStore(MemoryCheckpointStore& store, uint32_t partitions, Calls& calls)
      : PassingCheckpointStore(store), memory_(store), calls_(calls), deliveries_(partitions) {}

  // How far the process is with the delivery of a partition.
  struct DeliveryState {
    bool receipts_read = false;
    size_t hours_in = 0;  // inserted since the receipts were read
    bool ledger_in = false;
  };
  const DeliveryState& delivery(Partition partition) const { return deliveries_[partition.value]; }
  void GiveUp(Partition partition) { deliveries_[partition.value] = {}; }
  void Restart() { deliveries_.assign(deliveries_.size(), {}); }

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
  MemoryCheckpointStore& memory_;
  Calls& calls_;
  std::vector<DeliveryState> deliveries_;
};

}  // namespace adtally
