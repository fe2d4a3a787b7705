#include "history/hour_sampler.h"

#include <algorithm>

#include "history/poisson.h"
#include "history/traffic_pattern.h"

namespace adtally {
namespace {

constexpr uint64_t kHourSalt = 0x686f7572;
constexpr uint64_t kMoodSalt = 0x6d6f6f64;
constexpr double kInvalidImpressions = 0.01;  // for each valid one
constexpr double kInvalidClicks = 0.04;
constexpr double kDuplicateImpressions = 0.007;
constexpr double kDuplicateClicks = 0.02;  // double clicks and reloads too
constexpr double kRampUpDays = 3;          // until a new campaign has its full traffic

// Good and bad days of a campaign.
double Mood(uint64_t seed, uint32_t campaign_id, int64_t day) {
  return Random(
             CombineSeeds(CombineSeeds(seed ^ kMoodSalt, campaign_id), static_cast<uint64_t>(day)))
      .Between(0.75, 1.25);
}

double RampUp(const HistoryCampaign& campaign, int64_t hour_s) {
  const double days = static_cast<double>(hour_s - campaign.starts_s + 3600) / kSecondsPerDay;
  return std::min(1.0, days / kRampUpDays);
}

uint32_t Vary(uint32_t micros, Random& random) {
  return static_cast<uint32_t>(micros * random.Between(0.8, 1.2));
}

}  // namespace

Measures CellHour::Sums() const {
  Measures sums;
  sums.impressions = impressions;
  sums.clicks = clicks;
  sums.conversions = conversions;
  sums.invalid_impressions = invalid_impressions;
  sums.invalid_clicks = invalid_clicks;
  sums.duplicate_impressions = duplicate_impressions;
  sums.duplicate_clicks = duplicate_clicks;
  sums.spend_micros = int64_t{impressions} * impression_micros + int64_t{clicks} * click_micros;
  sums.conversion_value_micros = int64_t{conversions} * order_micros;
  return sums;
}

void CellHour::Scatter(std::span<Measures> parts, Random& random) const {
  const auto size = static_cast<uint32_t>(parts.size());
  std::ranges::fill(parts, Measures());
  const auto deal = [&](uint32_t count, uint64_t Measures::*field) {
    for (uint32_t i = 0; i < count; ++i) ++(parts[random.Below(size)].*field);
  };
  deal(impressions, &Measures::impressions);
  deal(clicks, &Measures::clicks);
  deal(conversions, &Measures::conversions);
  deal(invalid_impressions, &Measures::invalid_impressions);
  deal(invalid_clicks, &Measures::invalid_clicks);
  deal(duplicate_impressions, &Measures::duplicate_impressions);
  deal(duplicate_clicks, &Measures::duplicate_clicks);
  for (Measures& part : parts) {
    part.spend_micros = static_cast<int64_t>(part.impressions) * impression_micros +
                        static_cast<int64_t>(part.clicks) * click_micros;
    part.conversion_value_micros = static_cast<int64_t>(part.conversions) * order_micros;
  }
}

std::span<const CellHour> HourSampler::Sample(const HistoryCampaign& campaign, int64_t hour_s) {
  hours_.clear();
  if (hour_s < campaign.starts_s || hour_s >= campaign.ends_s) return {};
  const auto hour = static_cast<uint64_t>(hour_s / 3600);
  random_ =
      Random(CombineSeeds(CombineSeeds(options_.seed ^ kHourSalt, campaign.profile.id), hour));
  const double per_hour = campaign.impressions_per_day / 24 * Trend(hour_s, options_.from_s()) *
                          Mood(options_.seed, campaign.profile.id, hour_s / kSecondsPerDay) *
                          RampUp(campaign, hour_s);
  const auto utc_hour = static_cast<int>(hour % 24);
  counts_.assign(campaign.cells.size(), 0);
  if (per_hour < static_cast<double>(campaign.cells.size())) {
    SampleSparse(campaign, utc_hour, per_hour);
  } else {
    SampleDense(campaign, utc_hour, per_hour);
  }
  for (uint32_t cell = 0; cell < counts_.size(); ++cell) {
    if (counts_[cell] > 0) hours_.push_back(Follow(campaign, cell, counts_[cell]));
  }
  return hours_;
}

// As many as there would be if all cells had their busiest hour, of which each is kept with the
// probability that its own hour gives.
void HourSampler::SampleSparse(const HistoryCampaign& campaign, int utc_hour, double per_hour) {
  const double busiest = BusiestHour();
  for (uint32_t left = Poisson(per_hour * busiest, random_); left > 0; --left) {
    const uint32_t cell = campaign.cell_table.Sample(random_);
    const double hour = HourOfDay(utc_hour + campaign.cells[cell].hours_east);
    if (random_.Chance(hour / busiest)) ++counts_[cell];
  }
}

void HourSampler::SampleDense(const HistoryCampaign& campaign, int utc_hour, double per_hour) {
  for (size_t i = 0; i < counts_.size(); ++i) {
    const HistoryCell& cell = campaign.cells[i];
    counts_[i] = Poisson(per_hour * cell.share * HourOfDay(utc_hour + cell.hours_east), random_);
  }
}

// What follows from a cell's impressions.
CellHour HourSampler::Follow(const HistoryCampaign& campaign, uint32_t cell, uint32_t impressions) {
  const CampaignProfile& profile = campaign.profile;
  CellHour hour;
  hour.cell = cell;
  hour.impressions = impressions;
  hour.clicks = Poisson(impressions * double{profile.click_rate}, random_);
  hour.conversions = Poisson(hour.clicks * double{profile.conversion_rate}, random_);
  hour.invalid_impressions = Poisson(impressions * kInvalidImpressions, random_);
  hour.invalid_clicks = Poisson(hour.clicks * kInvalidClicks, random_);
  hour.duplicate_impressions = Poisson(impressions * kDuplicateImpressions, random_);
  hour.duplicate_clicks = Poisson(hour.clicks * kDuplicateClicks, random_);
  hour.impression_micros = Vary(profile.impression_micros, random_);
  hour.click_micros = Vary(profile.click_micros, random_);
  hour.order_micros = Vary(profile.order_micros, random_);
  return hour;
}

}  // namespace adtally
