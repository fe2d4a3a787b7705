#include "sim/faulty_store.h"

#include <string>

namespace adtally {

Result<std::optional<Progress>> FaultyStore::ReadProgress(Partition partition) {
  return calls_.Read(Mishap::kStoreReadFailed, [&] { return store_.ReadProgress(partition); });
}

Result<std::vector<uint32_t>> FaultyStore::ReadReceipts(Partition partition, Offset end,
                                                        std::span<const uint32_t> hours) {
  auto held = calls_.Read(Mishap::kStoreReadFailed,
                          [&] { return store_.ReadReceipts(partition, end, hours); });
  if (held.ok()) deliveries_[partition.value].receipts_read = true;
  return held;
}

Result<void> FaultyStore::InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows,
                                           Partition partition, Offset end,
                                           std::string_view token) {
  if (calls_.mishaps().Strikes(Mishap::kInsertTokenOnly)) {
    memory_.FailNextInsert(MemoryCheckpointStore::InsertFailure::kTokenOnly);
    return store_.InsertMinuteRows(hour, rows, partition, end, token);
  }
  const Result<void> inserted =
      calls_.Write({Mishap::kInsertFailed, Mishap::kInsertIn, Mishap::kInsertLate},
                   [this, hour, copy = std::vector(rows.begin(), rows.end()), partition, end,
                    token = std::string(token)] {
                     return store_.InsertMinuteRows(hour, copy, partition, end, token);
                   });
  if (inserted.ok()) ++deliveries_[partition.value].hours_in;
  return inserted;
}

Result<std::vector<uint32_t>> FaultyStore::ReadClickReceipts(Partition partition, Offset end,
                                                             std::span<const uint32_t> months) {
  return calls_.Read(Mishap::kStoreReadFailed,
                     [&] { return store_.ReadClickReceipts(partition, end, months); });
}

Result<void> FaultyStore::InsertClickConversions(uint32_t month,
                                                 std::span<const ClickConversionRow> rows,
                                                 Partition partition, Offset end,
                                                 std::string_view token) {
  if (calls_.mishaps().Strikes(Mishap::kClicksTokenOnly)) {
    memory_.FailNextInsert(MemoryCheckpointStore::InsertFailure::kTokenOnly);
    return store_.InsertClickConversions(month, rows, partition, end, token);
  }
  return calls_.Write({Mishap::kClicksFailed, Mishap::kClicksIn, Mishap::kClicksLate},
                      [this, month, copy = std::vector(rows.begin(), rows.end()), partition, end,
                       token = std::string(token)] {
                        return store_.InsertClickConversions(month, copy, partition, end, token);
                      });
}

Result<void> FaultyStore::InsertLedger(Partition partition, Offset end,
                                       std::span<const LedgerRow> rows) {
  const Result<void> inserted =
      calls_.Write({Mishap::kLedgerFailed, Mishap::kLedgerIn, Mishap::kLedgerLate},
                   [this, partition, end, copy = std::vector(rows.begin(), rows.end())] {
                     return store_.InsertLedger(partition, end, copy);
                   });
  if (inserted.ok()) deliveries_[partition.value].ledger_in = true;
  return inserted;
}

Result<void> FaultyStore::InsertReach(Partition partition, const Reach& reach) {
  return calls_.Write(
      {Mishap::kReachFailed, Mishap::kReachIn, Mishap::kReachLate},
      [this, partition, copy = reach] { return store_.InsertReach(partition, copy); });
}

Result<void> FaultyStore::WriteProgress(Partition partition, Progress progress) {
  const Result<void> written = calls_.Write(
      {Mishap::kProgressFailed, Mishap::kProgressIn, Mishap::kProgressLate},
      [this, partition, progress] { return store_.WriteProgress(partition, progress); });
  if (written.ok()) deliveries_[partition.value] = {};
  return written;
}

}  // namespace adtally
