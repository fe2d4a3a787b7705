#include "maintenance/compact_days.h"

#include <algorithm>
#include <string>
#include <utility>

#include "maintenance/day_rows.h"
#include "maintenance/tier_publisher.h"
#include "store/statement.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

bool NeedsCompaction(const TierPartition& month) {
  const int64_t days =
      (MonthStart(NextMonth(month.partition)) - MonthStart(month.partition)) / kDayS;
  return std::cmp_equal(month.slots.size(), days) &&
         std::ranges::any_of(month.slots, [&](const TierSlot& slot) {
           return slot.generation != month.slots.front().generation;
         });
}

Statement CopyStatement(Generation from, Generation to, const LocalDay& day) {
  const std::string columns = std::string(kDimensionColumns) + ", " + std::string(kMeasureColumns);
  return {"INSERT INTO adtally.day (day, time_zone, generation, " + columns +
              ") SELECT day, time_zone, " + std::to_string(to) + ", " + columns + " FROM " +
              DayRows(from, day) + " SETTINGS optimize_on_insert = 0, max_threads = 1",
          {}};
}

}  // namespace

Result<bool> CompactDays(const MaintenancePass& pass, TierPartition& month) {
  if (!NeedsCompaction(month)) return false;
  const Generation generation = NewGeneration();
  TierChanges changes;
  for (TierSlot slot : month.slots) {
    if (pass.stopped()) return false;
    const LocalDay day{month.partition, slot.slot};
    ADTALLY_TRY(RunStatement(pass.store, CopyStatement(slot.generation, generation, day), ""));
    changes.conditions.push_back(ContentHash(DayRows(slot.generation, day)) + " = " +
                                 ContentHash(DayRows(generation, day)));
    slot.generation = generation;
    changes.slots.push_back(slot);
  }
  const uint64_t version = month.version;
  ADTALLY_ASSIGN(const bool published, PublishChanges(pass, Tier::kDay, changes, month));
  if (published || month.version != version) return published;
  return Error{ErrorCode::kCorrupt,
               "a copy of the days of month " + std::to_string(month.partition) +
                   " does not hold their sums and was not published: adtally.day stays as it was; "
                   "see whether the store's log tells of damaged parts"};
}

}  // namespace adtally
