#include "aggregator/sharded_checkpoint_store.h"

#include <charconv>
#include <utility>

#include "aggregator/sql_checkpoint_store.h"
#include "base/check.h"

namespace adtally {
namespace {

// Refuses a shard that holds partitions of another one.
Result<void> CheckPlacement(Store& store, size_t shard, size_t shards) {
  ADTALLY_ASSIGN(const std::string answer,
                 store.Query("SELECT DISTINCT log_partition FROM adtally.progress"
                             " ORDER BY log_partition",
                             {}, "TSV"));
  const char* at = answer.data();
  const char* const end = at + answer.size();
  while (at < end) {
    uint32_t partition = 0;
    const auto [next, error] = std::from_chars(at, end, partition);
    if (error != std::errc() || next == end || *next != '\n') {
      return Error{ErrorCode::kInternal,
                   "the store's answer about adtally.progress cannot be read"};
    }
    at = next + 1;
    if (partition % shards == shard) continue;
    return Error{ErrorCode::kConflict,
                 "log partition " + std::to_string(partition) + " was counted into shard " +
                     std::to_string(shard + 1) + " of the store, but of " + std::to_string(shards) +
                     " shards it would belong to shard " + std::to_string(partition % shards + 1) +
                     ": the number and order of a cluster's shards cannot change once it holds "
                     "numbers; restore them in remote_servers"};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<CheckpointStore>> ShardedCheckpointStore::Open(
    std::vector<std::unique_ptr<Store>> stores) {
  ADTALLY_CHECK(!stores.empty(), "a cluster has at least one shard");
  std::vector<Shard> shards;
  for (size_t i = 0; i < stores.size(); ++i) {
    ADTALLY_TRY(CheckPlacement(*stores[i], i, stores.size()));
    auto checkpoints = std::make_unique<SqlCheckpointStore>(*stores[i]);
    shards.push_back({std::move(stores[i]), std::move(checkpoints)});
  }
  return std::unique_ptr<CheckpointStore>(new ShardedCheckpointStore(std::move(shards)));
}

ShardedCheckpointStore::ShardedCheckpointStore(std::vector<Shard> shards)
    : shards_(std::move(shards)) {}

CheckpointStore& ShardedCheckpointStore::Of(Partition partition) {
  return *shards_[partition.value % shards_.size()].checkpoints;
}

// The log's id is on every host.
Result<std::optional<std::string>> ShardedCheckpointStore::ReadLogId() {
  return shards_.front().checkpoints->ReadLogId();
}

Result<void> ShardedCheckpointStore::WriteLogId(const std::string& log_id) {
  return shards_.front().checkpoints->WriteLogId(log_id);
}

Result<std::optional<Progress>> ShardedCheckpointStore::ReadProgress(Partition partition) {
  return Of(partition).ReadProgress(partition);
}

Result<std::vector<uint32_t>> ShardedCheckpointStore::ReadReceipts(
    Partition partition, Offset end, std::span<const uint32_t> hours) {
  return Of(partition).ReadReceipts(partition, end, hours);
}

Result<void> ShardedCheckpointStore::InsertMinuteRows(uint32_t hour,
                                                      std::span<const MinuteRow> rows,
                                                      Partition partition, Offset end,
                                                      std::string_view token) {
  return Of(partition).InsertMinuteRows(hour, rows, partition, end, token);
}

Result<std::vector<uint32_t>> ShardedCheckpointStore::ReadClickReceipts(
    Partition partition, Offset end, std::span<const uint32_t> months) {
  return Of(partition).ReadClickReceipts(partition, end, months);
}

Result<void> ShardedCheckpointStore::InsertClickConversions(
    uint32_t month, std::span<const ClickConversionRow> rows, Partition partition, Offset end,
    std::string_view token) {
  return Of(partition).InsertClickConversions(month, rows, partition, end, token);
}

Result<void> ShardedCheckpointStore::InsertLedger(Partition partition, Offset end,
                                                  std::span<const LedgerRow> rows) {
  return Of(partition).InsertLedger(partition, end, rows);
}

Result<void> ShardedCheckpointStore::InsertReach(Partition partition, const Reach& reach) {
  return Of(partition).InsertReach(partition, reach);
}

Result<void> ShardedCheckpointStore::WriteProgress(Partition partition, Progress progress) {
  return Of(partition).WriteProgress(partition, progress);
}

}  // namespace adtally
