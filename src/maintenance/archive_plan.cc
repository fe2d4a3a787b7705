#include "maintenance/archive_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/rfc3339.h"
#include "base/strong.h"

namespace adtally {
namespace {

using Status = std::map<uint32_t, TierPartition>;

TierPartition Find(const Status& status, uint32_t partition) {
  const auto found = status.find(partition);
  return found == status.end() ? TierPartition{.partition = partition} : found->second;
}

std::string DayText(int64_t day_s) {
  return FormatRfc3339(day_s, {}).substr(0, 10);
}

bool IsComplete(const TierPartition& day) {
  return day.slots.size() == 24 && std::ranges::all_of(day.slots, [&](const TierSlot& slot) {
           return slot.final && slot.generation == day.slots.front().generation;
         });
}

// What the tiers say, and where the hour tier begins.
struct Tiers {
  Status hours;
  Status days;
  Status archive;
  int64_t first_s = 0;          // of the first day that was ever rolled up
  int64_t day_floor_s = 0;      // of the day tier
  int64_t archive_floor_s = 0;  // of the archive
};

Result<Tiers> ReadTiers(Store& store) {
  Tiers tiers;
  ADTALLY_ASSIGN(tiers.hours, ReadTierStatus(store, Tier::kHour));
  ADTALLY_ASSIGN(tiers.days, ReadTierStatus(store, Tier::kDay));
  ADTALLY_ASSIGN(tiers.archive, ReadTierStatus(store, Tier::kArchive));
  ADTALLY_ASSIGN(auto floors, ReadTierFloors(store));
  if (!tiers.hours.empty()) tiers.first_s = DayStart(tiers.hours.begin()->first);
  tiers.day_floor_s = floors[Tier::kDay];
  tiers.archive_floor_s = floors[Tier::kArchive];
  return tiers;
}

// Sorts one day into what is to be done with it. False when the hour tier has nothing of it.
bool AddDay(const Tiers& tiers, int64_t day_s, DueMonth& month) {
  const TierPartition hot = Find(tiers.hours, DayNumber(day_s));
  const auto slot = static_cast<uint8_t>(DayNumber(day_s) % 100);
  const TierSlot* archived = month.archive.Find(slot);
  if (hot.slots.empty()) {
    if (archived == nullptr && day_s >= tiers.archive_floor_s) {
      month.waits_for = DayText(day_s) + " is not rolled up by hour";
    }
    return false;
  }
  if (!IsComplete(hot)) {
    month.waits_for = "not all hours of " + DayText(day_s) + " are final and together";
  } else if (archived == nullptr) {
    month.write.push_back(hot);
  } else if (archived->mark == hot.slots.front().generation) {
    month.remove.push_back(hot);
  } else {
    month.waits_for = DayText(day_s) +
                      " is in the archive and was rolled up once more: which of the two is right "
                      "must be decided";
  }
  return true;
}

// Days are made of hours, so those must stay until that is done. The first day of the next month
// may need the month's last hours, east of UTC.
void WaitForDays(const Tiers& tiers, DueMonth& month) {
  if (MonthStart(month.month) < tiers.day_floor_s) return;
  const TierPartition days = Find(tiers.days, month.month);
  for (const TierPartition& day : month.write) {
    if (days.Find(static_cast<uint8_t>(day.partition % 100)) != nullptr) continue;
    month.waits_for = DayText(DayStart(day.partition)) + " is not rolled up by day";
    return;
  }
  const uint32_t next = NextMonth(month.month);
  if (Find(tiers.days, next).Find(1) == nullptr) {
    month.waits_for = DayText(MonthStart(next)) + " is not rolled up by day";
  }
}

}  // namespace

Result<std::vector<DueMonth>> FindDueMonths(Store& store, int64_t before_s) {
  ADTALLY_ASSIGN(const Tiers tiers, ReadTiers(store));
  std::vector<DueMonth> due;
  if (tiers.hours.empty()) return due;
  for (uint32_t number = MonthNumber(tiers.first_s); MonthStart(NextMonth(number)) <= before_s;
       number = NextMonth(number)) {
    DueMonth month{.month = number, .archive = Find(tiers.archive, number)};
    const int64_t from_s = std::max(MonthStart(number), tiers.first_s);
    bool is_hot = false;
    for (int64_t at = from_s; at < MonthStart(NextMonth(number)); at += kSecondsPerDay) {
      is_hot = AddDay(tiers, at, month) || is_hot;
    }
    if (!is_hot) continue;
    if (!month.write.empty() && !month.archive.slots.empty() && month.waits_for.empty()) {
      month.waits_for = DayText(DayStart(month.write.front().partition)) +
                        " was rolled up after its month was archived, and stays in the store";
    }
    if (!month.write.empty() && month.waits_for.empty()) WaitForDays(tiers, month);
    due.push_back(std::move(month));
  }
  return due;
}

std::string RowsOfDays(const std::vector<TierPartition>& days) {
  std::string ids;
  for (const TierPartition& day : days) {
    if (!ids.empty()) ids += ", ";
    ids += "'" + PartitionId(day.partition, day.slots.front().generation) + "'";
  }
  return "adtally.hour WHERE _partition_id IN (" + (ids.empty() ? "''" : ids) + ")";
}

}  // namespace adtally
