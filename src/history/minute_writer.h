#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "aggregator/minute_block.h"
#include "base/result.h"
#include "counting/checkpoint.h"
#include "history/history_campaigns.h"
#include "history/history_options.h"
#include "history/history_truth.h"
#include "history/hour_sampler.h"
#include "store/store.h"

namespace adtally {

// Writes hours of history by minute, with receipts of a partition that no event log has. Everything
// outlives it. Not thread-safe.
class MinuteWriter {
 public:
  MinuteWriter(Store& store, const HistoryOptions& options,
               const std::vector<HistoryCampaign>& campaigns)
      : store_(store), campaigns_(campaigns), sampler_(options) {}

  // Writes the hour that begins at `hour_s`. Returns the number of rows.
  Result<uint64_t> WriteHour(int64_t hour_s, HistoryTruth& truth);

 private:
  void AddCampaign(size_t campaign, int64_t hour_s, HistoryTruth& truth);

  Store& store_;
  const std::vector<HistoryCampaign>& campaigns_;
  HourSampler sampler_;
  std::array<std::vector<MinuteRow>, kMinutesPerHour> minutes_;  // of one campaign
  std::vector<MinuteRow> rows_;                                  // of the hour
  MinuteBlock block_;
};

}  // namespace adtally
