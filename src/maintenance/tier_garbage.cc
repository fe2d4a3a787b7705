#include "maintenance/tier_garbage.h"

#include <utility>
#include <vector>

#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

struct StoredPartition {
  std::string id;
  int64_t written_s = 0;  // its newest part
};

// Their generations are random, so that ids of another database's table of this name, which
// system.parts has too, do no harm.
Result<std::vector<StoredPartition>> StoredPartitions(Store& store, const std::string& table) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT partition_id, toUInt32(max(modification_time)) FROM system.parts WHERE "
                    "active AND table = {table:String} AND partition_id IN (SELECT _partition_id "
                    "FROM (SELECT _partition_id, count() FROM adtally." +
                        table + " GROUP BY _partition_id)) GROUP BY partition_id",
                    {{"table", table}}},
                   "RowBinary"));
  std::vector<StoredPartition> partitions;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    StoredPartition& partition = partitions.emplace_back();
    partition.id = reader.String();
    partition.written_s = reader.UInt32();
  }
  if (reader.ok()) return partitions;
  return Error{ErrorCode::kInternal, "the store's answer about its partitions cannot be read"};
}

}  // namespace

Result<uint64_t> TierGarbage::Collect(const MaintenancePass& pass, bool alone) {
  // In this order: what is published in between is named.
  ADTALLY_ASSIGN(const auto stored, StoredPartitions(pass.store, table_));
  ADTALLY_ASSIGN(const auto status, ReadTierStatus(pass.store, tier_));
  std::set<std::string> named;
  for (const auto& [number, partition] : status) {
    for (const TierSlot& slot : partition.slots) {
      named.insert(PartitionId(number, slot.generation));
    }
  }
  const int64_t old_s = (pass.clock.NowMs() - kUnpublishedForMs) / 1000;
  std::vector<std::string> unneeded;
  std::set<std::string> seen_named;
  for (const StoredPartition& partition : stored) {
    const bool is_named = named.contains(partition.id);
    const bool was_named = seen_named_.contains(partition.id);
    if (is_named || was_named) seen_named.insert(partition.id);
    if (is_named) continue;
    if (alone || was_named || partition.written_s < old_s) unneeded.push_back(partition.id);
  }
  seen_named_ = std::move(seen_named);
  return drops_.Drop(pass, unneeded, alone ? 0 : kGraceMs);
}

}  // namespace adtally
