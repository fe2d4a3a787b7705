#include "maintenance/compact_hours.h"

#include <algorithm>
#include <string>

#include "base/rfc3339.h"
#include "maintenance/hour_rows.h"
#include "maintenance/tier_publisher.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

bool NeedsCompaction(const TierPartition& day) {
  return day.slots.size() == 24 && std::ranges::all_of(day.slots, &TierSlot::final) &&
         std::ranges::any_of(day.slots, [&](const TierSlot& slot) {
           return slot.generation != day.slots.front().generation;
         });
}

Statement CopyStatement(Generation from, Generation to, int64_t hour_s) {
  const std::string columns = std::string(kDimensionColumns) + ", " + std::string(kMeasureColumns);
  return {"INSERT INTO adtally.hour (hour, hour_minutes, generation, " + columns +
              ") SELECT hour, hour_minutes, " + std::to_string(to) + ", " + columns + " FROM " +
              HourRows(from, hour_s) + " SETTINGS optimize_on_insert = 0, max_threads = 1",
          {}};
}

}  // namespace

Result<bool> CompactHours(const MaintenancePass& pass, TierPartition& day) {
  if (!NeedsCompaction(day)) return false;
  const Generation generation = NewGeneration();
  const int64_t day_s = DayStart(day.partition);
  TierChanges changes;
  for (TierSlot slot : day.slots) {
    if (pass.stopped()) return false;
    const int64_t hour_s = day_s + slot.slot * kHourS;
    if (slot.mark != kEmptyHourMark) {
      ADTALLY_TRY(RunStatement(pass.store, CopyStatement(slot.generation, generation, hour_s), ""));
      changes.conditions.push_back(ContentHash(HourRows(slot.generation, hour_s)) + " = " +
                                   ContentHash(HourRows(generation, hour_s)));
    }
    slot.generation = generation;
    changes.slots.push_back(slot);
  }
  const uint64_t version = day.version;
  ADTALLY_ASSIGN(const bool published, PublishChanges(pass, Tier::kHour, changes, day));
  if (published || day.version != version) return published;
  return Error{ErrorCode::kCorrupt,
               "a copy of the hours of " + FormatRfc3339(day_s, {}).substr(0, 10) +
                   " does not hold their sums and was not published: adtally.hour stays as it was; "
                   "see whether the store's log tells of damaged parts"};
}

}  // namespace adtally
