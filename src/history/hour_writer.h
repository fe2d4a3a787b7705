#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "history/history_campaigns.h"
#include "history/history_options.h"
#include "history/history_truth.h"
#include "history/hour_block.h"
#include "history/hour_sampler.h"
#include "store/store.h"

namespace adtally {

// Writes days of history by hour. Everything outlives it. Not thread-safe.
class HourWriter {
 public:
  HourWriter(Store& store, const HistoryOptions& options,
             const std::vector<HistoryCampaign>& campaigns, const Clock& clock)
      : store_(store), campaigns_(campaigns), clock_(clock), sampler_(options) {}

  // Writes the UTC day that begins at `day_s` as one generation, and publishes its 24 hours as
  // final once the store has read back what was written. Returns the number of rows.
  Result<uint64_t> WriteDay(int64_t day_s, HistoryTruth& truth);

 private:
  static constexpr size_t kQuarters = 4;

  void AddCampaign(size_t campaign, int64_t day_s, HistoryTruth& truth);
  void AddHour(size_t campaign, int64_t hour_s, HistoryTruth& truth);
  void AddQuarters(size_t campaign, int64_t hour_s, HistoryTruth& truth);
  Result<void> Publish(int64_t day_s, Generation generation);

  Store& store_;
  const std::vector<HistoryCampaign>& campaigns_;
  const Clock& clock_;
  HourSampler sampler_;
  HourBlock block_;
  struct CellQuarter {
    uint32_t cell;
    Measures measures;
  };
  std::array<std::vector<CellQuarter>, kQuarters> quarters_;
};

}  // namespace adtally
