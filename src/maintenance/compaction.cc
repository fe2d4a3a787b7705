#include "maintenance/compaction.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "maintenance/day_rows.h"
#include "maintenance/hour_rows.h"
#include "maintenance/reach_rows.h"
#include "maintenance/tier_publisher.h"
#include "store/statement.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

// Of a partition that is not complete. A report opens the parts of each, which costs it more than
// their rows; bringing them together costs the partition's rows, a few times until it is complete.
constexpr size_t kMaxGenerations = 8;

// What the rollups of different tiers do not have in common.
struct Layout {
  Tier tier;
  std::string_view table;
  std::string columns;  // but generation
  int64_t slots;        // of a complete partition
  // "table WHERE …": a slot in one generation.
  std::function<std::string(Generation, uint8_t slot)> rows;
  // An expression over such rows.
  std::string (*hash)(std::string_view rows);
};

std::string WithSums(std::string_view keys) {
  return std::string(keys) + ", " + std::string(kDimensionColumns) + ", " +
         std::string(kMeasureColumns);
}

int64_t DaysOf(uint32_t month) {
  return (MonthStart(NextMonth(month)) - MonthStart(month)) / kDayS;
}

bool NeedsCompaction(const TierPartition& partition, const Layout& layout) {
  if (!std::ranges::all_of(partition.slots, &TierSlot::final)) return false;
  std::set<Generation> generations;
  for (const TierSlot& slot : partition.slots) generations.insert(slot.generation);
  if (generations.size() >= kMaxGenerations) return true;
  return std::cmp_equal(partition.slots.size(), layout.slots) && generations.size() > 1;
}

Statement CopyStatement(const MaintenancePass& pass, const Layout& layout, const TierSlot& from,
                        Generation to) {
  return {"INSERT INTO " + std::string(layout.table) + " (" + layout.columns +
              ", generation) SELECT " + layout.columns + ", " + std::to_string(to) + " FROM " +
              layout.rows(from.generation, from.slot) + " SETTINGS optimize_on_insert = 0" +
              pass.settings(),
          {}};
}

Result<bool> Compact(const MaintenancePass& pass, const Layout& layout, TierPartition& partition) {
  if (!NeedsCompaction(partition, layout)) return false;
  const Generation generation = NewGeneration();
  TierChanges changes;
  for (TierSlot slot : partition.slots) {
    if (pass.stopped()) return false;
    if (slot.mark != kEmptyHourMark) {
      ADTALLY_TRY(RunStatement(pass.store, CopyStatement(pass, layout, slot, generation), ""));
      changes.conditions.push_back(layout.hash(layout.rows(slot.generation, slot.slot)) + " = " +
                                   layout.hash(layout.rows(generation, slot.slot)));
    }
    slot.generation = generation;
    changes.slots.push_back(slot);
  }
  const uint64_t version = partition.version;
  ADTALLY_ASSIGN(const bool published, PublishChanges(pass, layout.tier, changes, partition));
  if (published || partition.version != version) return published;
  return Error{ErrorCode::kCorrupt,
               "a copy of partition " + std::to_string(partition.partition) + " of " +
                   std::string(layout.table) +
                   " does not hold its numbers and was not published: the table stays as it was; "
                   "see whether the store's log tells of damaged parts"};
}

}  // namespace

Result<bool> CompactHours(const MaintenancePass& pass, TierPartition& day) {
  const int64_t day_s = DayStart(day.partition);
  const Layout layout{Tier::kHour,
                      "adtally.hour",
                      WithSums("hour, hour_minutes"),
                      24,
                      [&](Generation generation, uint8_t hour) {
                        return HourRows(generation, day_s + hour * kHourS);
                      },
                      ContentHash};
  return Compact(pass, layout, day);
}

Result<bool> CompactDays(const MaintenancePass& pass, TierPartition& month) {
  const Layout layout{Tier::kDay,
                      "adtally.day",
                      WithSums("day, time_zone"),
                      DaysOf(month.partition),
                      [&](Generation generation, uint8_t day) {
                        return DayRows(generation, {month.partition, day});
                      },
                      ContentHash};
  return Compact(pass, layout, month);
}

Result<bool> CompactReach(const MaintenancePass& pass, TierPartition& month) {
  const Layout layout{Tier::kReach,
                      "adtally.reach",
                      "day, time_zone, advertiser_id, campaign_id, users",
                      DaysOf(month.partition),
                      [&](Generation generation, uint8_t day) {
                        return ReachRows(generation, {month.partition, day});
                      },
                      ReachHash};
  return Compact(pass, layout, month);
}

}  // namespace adtally
