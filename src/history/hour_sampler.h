#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "counting/checkpoint.h"
#include "generator/random.h"
#include "history/history_campaigns.h"

namespace adtally {

// What one cell of a campaign had in one hour. All impressions of it cost the same, and so on, so
// that it can be divided without a remainder.
struct CellHour {
  uint32_t cell = 0;  // index into HistoryCampaign::cells
  uint32_t impressions = 0;
  uint32_t clicks = 0;
  uint32_t conversions = 0;
  uint32_t invalid_impressions = 0;
  uint32_t invalid_clicks = 0;
  uint32_t duplicate_impressions = 0;
  uint32_t duplicate_clicks = 0;
  uint32_t impression_micros = 0;
  uint32_t click_micros = 0;
  uint32_t order_micros = 0;

  Measures Sums() const;
  // Deals its events out to parts of the hour at random.
  void Scatter(std::span<Measures> parts, Random& random) const;
};

// Draws what a campaign had in an hour: a function of seed, campaign and hour, whatever else is
// drawn. Not thread-safe: one for each thread.
class HourSampler {
 public:
  // They outlive it.
  explicit HourSampler(const HistoryOptions& options) : options_(options) {}

  // By cell, ascending, those with at least one event. `hour_s`: its start, seconds since the
  // epoch. Valid until the next call.
  std::span<const CellHour> Sample(const HistoryCampaign& campaign, int64_t hour_s);
  // Goes on where the last Sample ended: for dividing its hours.
  Random& random() { return random_; }

 private:
  // Impressions by cell, into counts_; `per_hour` of the campaign in an average hour.
  void SampleSparse(const HistoryCampaign& campaign, int utc_hour, double per_hour);
  void SampleDense(const HistoryCampaign& campaign, int utc_hour, double per_hour);
  CellHour Follow(const HistoryCampaign& campaign, uint32_t cell, uint32_t impressions);

  const HistoryOptions& options_;
  Random random_{0};
  std::vector<uint32_t> counts_;  // by cell
  std::vector<CellHour> hours_;
};

}  // namespace adtally
