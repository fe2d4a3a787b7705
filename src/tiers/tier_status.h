#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/statement.h"
#include "store/store.h"
#include "tiers/tier.h"

namespace adtally {

// One hour of a day, or one day of a month, that is rolled up.
struct TierSlot {
  uint8_t slot = 0;           // the hour, 0 to 23, or the day of the month, 1 to 31
  Generation generation = 0;  // whose rows hold it
  uint64_t mark = 0;          // hours: HourMarks() of what it was rolled up from
  bool final = false;         // hours: nothing can be delivered into it any more
  friend bool operator==(const TierSlot&, const TierSlot&) = default;
};

// What is published of one partition: adtally.tier_status.
struct TierPartition {
  uint32_t partition = 0;            // DayNumber of hours; MonthNumber of days and of the archive
  uint64_t version = 0;              // ms since the epoch when it was published, or more; 0: never
  std::vector<TierSlot> slots = {};  // ascending, each slot once

  const TierSlot* Find(uint8_t slot) const;
  void Set(const TierSlot& slot);  // in its place
  // Removes it, if it is there.
  void Clear(uint8_t slot);
};

// By partition, those from `first` to `last`, both included.
Result<std::map<uint32_t, TierPartition>> ReadTierStatus(Store& store, Tier tier,
                                                         uint32_t first = 0,
                                                         uint32_t last = UINT32_MAX);

// A condition: nobody has published this partition since it was read (as version 0 when there was
// none).
std::string IsUnchanged(Tier tier, const TierPartition& read);

// Publishes `status` if nobody has published the partition since, and `condition` holds, under a
// version larger than its own, which must be the one that was read, and
// than `now_ms`. The store checks `condition` (an SQL expression with its parameters, "1" for none)
// in the statement that publishes, so that nothing that it promises can be undone in between by
// another process. False when the condition did not hold. True when this status is the published
// one.
Result<bool> PublishTierStatus(Store& store, Tier tier, const TierPartition& status, int64_t now_ms,
                               const Statement& condition = {"1", {}});

// The times before which tiers must not be read, seconds since the epoch; a tier without an entry
// has none.
Result<std::map<Tier, int64_t>> ReadTierFloors(Store& store);
// Raises a floor, if `condition` holds as above. False when it does not.
Result<bool> RaiseTierFloor(Store& store, Tier tier, int64_t floor_s,
                            const Statement& condition = {"1", {}});

}  // namespace adtally
