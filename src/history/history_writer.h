#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "history/history_campaigns.h"
#include "history/history_options.h"
#include "history/history_truth.h"
#include "store/store.h"

namespace adtally {

struct HistoryProgress {
  uint64_t hour_rows = 0;    // written
  uint64_t minute_rows = 0;  // the same
  int64_t hours_done = 0;    // of UTC
  int64_t hours = 0;         // in all
};

// kConflict, with a sentence, when the store holds numbers of any tier already: history would
// change them, or be changed by them.
Result<void> CheckHoldsNoTraffic(Store& store);

// Writes history into an empty store whose tables exist: the older days as rows of adtally.hour,
// verified and published as a rollup would, final; from options.minute_from_s() on as rows of
// adtally.minute, as deliveries would, for the rollup to find. Below that time the floor of minutes
// is raised. Adds what it wrote to `truth`. Calls `progress` now and then, from any thread, one at
// a time. Blocks; uses as many threads as there are cores. When it fails, or the process is killed,
// part of the history is in the store.
Result<HistoryProgress> WriteHistory(Store& store, const HistoryOptions& options,
                                     const std::vector<HistoryCampaign>& campaigns,
                                     const Clock& clock, HistoryTruth& truth,
                                     const std::function<void(const HistoryProgress&)>& progress);

}  // namespace adtally
