#include "maintenance/tier_state.h"

namespace adtally {

bool TierState::WasArchived(int64_t hour_s) const {
  if (hour_s < archive_floor_s) return true;
  const auto month = archive.find(MonthNumber(hour_s));
  return month != archive.end() &&
         month->second.Find(static_cast<uint8_t>(DayNumber(hour_s) % 100)) != nullptr;
}

Result<TierState> ReadTierState(Store& store) {
  TierState state;
  ADTALLY_ASSIGN(state.hours, ReadTierStatus(store, Tier::kHour));
  ADTALLY_ASSIGN(state.archive, ReadTierStatus(store, Tier::kArchive));
  ADTALLY_ASSIGN(const auto floors, ReadTierFloors(store));
  const auto floor = [&](Tier tier) {
    const auto found = floors.find(tier);
    return found == floors.end() ? 0 : found->second;
  };
  state.minute_floor_s = floor(Tier::kMinute);
  state.archive_floor_s = floor(Tier::kArchive);
  state.day_floor_s = floor(Tier::kDay);
  return state;
}

}  // namespace adtally
