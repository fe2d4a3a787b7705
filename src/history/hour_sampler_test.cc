#include "history/hour_sampler.h"

#include <gtest/gtest.h>

#include <array>

#include "history/history_catalog.h"
#include "history/sums.h"
#include "history/traffic_pattern.h"

namespace adtally {
namespace {

constexpr int64_t kUntil = 1'796'022'000;  // 2026-11-30T07:00:00Z

HistoryOptions Options() {
  HistoryOptions options;
  options.until_s = kUntil;
  options.days = 60;
  options.campaigns = 40;
  return options;
}

Measures DayOf(HourSampler& sampler, const HistoryCampaign& campaign, int64_t day_s) {
  Measures sums;
  for (int64_t hour = day_s; hour < day_s + kSecondsPerDay; hour += 3600) {
    for (const CellHour& cell : sampler.Sample(campaign, hour)) AddMeasures(sums, cell.Sums());
  }
  return sums;
}

TEST(HourSampler, AnHourIsTheSameWhateverElseIsDrawn) {
  const HistoryOptions options = Options();
  const auto campaigns = MakeHistoryCampaigns(options);
  HourSampler one(options), other(options);
  for (int64_t hour = options.from_s(); hour < options.from_s() + 30 * 3600; hour += 3600) {
    for (const HistoryCampaign& campaign : campaigns) other.Sample(campaign, hour);
    const auto a = one.Sample(campaigns[0], hour);
    const auto b = other.Sample(campaigns[0], hour);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].cell, b[i].cell);
      EXPECT_EQ(a[i].Sums(), b[i].Sums());
    }
  }
}

TEST(HourSampler, HasAsMuchAsIsExpectedOfEachCampaign) {
  const HistoryOptions options = Options();
  const int64_t day_s = options.from_s() + 30 * kSecondsPerDay;
  HourSampler sampler(options);
  for (const HistoryCampaign& campaign : MakeHistoryCampaigns(options)) {
    const auto impressions = static_cast<double>(DayOf(sampler, campaign, day_s).impressions);
    if (campaign.starts_s > options.from_s() + 20 * kSecondsPerDay ||
        campaign.ends_s < day_s + kSecondsPerDay) {
      continue;
    }
    const double expected = campaign.impressions_per_day * Trend(day_s, options.from_s());
    EXPECT_GT(impressions, 0.6 * expected) << campaign.profile.id;
    EXPECT_LT(impressions, 1.5 * expected) << campaign.profile.id;
  }
}

TEST(HourSampler, CampaignsHaveNothingBeforeTheyStartAndAfterTheyStop) {
  const HistoryOptions options = Options();
  HourSampler sampler(options);
  int started_later = 0;
  for (const HistoryCampaign& campaign : MakeHistoryCampaigns(options)) {
    EXPECT_TRUE(sampler.Sample(campaign, campaign.starts_s - 3600).empty());
    EXPECT_TRUE(sampler.Sample(campaign, campaign.ends_s).empty());
    started_later += campaign.starts_s > options.from_s() ? 1 : 0;
  }
  EXPECT_GT(started_later, 5);
}

TEST(HourSampler, ScatteringKeepsTheSums) {
  const HistoryOptions options = Options();
  const auto campaigns = MakeHistoryCampaigns(options);
  HourSampler sampler(options);
  Random random(1);
  std::array<Measures, 60> minutes;
  for (const CellHour& hour : sampler.Sample(campaigns[0], options.until_s - 3600)) {
    hour.Scatter(minutes, random);
    Measures sums;
    for (const Measures& minute : minutes) AddMeasures(sums, minute);
    EXPECT_EQ(hour.Sums(), sums);
  }
}

TEST(HourSampler, NightsAreQuieterThanEveningsAndYearsGrow) {
  EXPECT_LT(HourOfDay(3) * 5, HourOfDay(20));
  EXPECT_EQ(HourOfDay(-4), HourOfDay(20));
  double day = 0;
  for (int hour = 0; hour < 24; ++hour) day += HourOfDay(hour);
  EXPECT_NEAR(24, day, 0.2);
  const int64_t year = 365 * kSecondsPerDay;
  EXPECT_GT(Trend(kUntil, kUntil - year),
            1.2 * Trend(kUntil - year - kSecondsPerDay, kUntil - year));
  const int64_t june = kUntil - 170 * kSecondsPerDay;  // the same weekday would be 168 or 175
  EXPECT_GT(Trend(kUntil, june - year), Trend(june, june - year));
}

TEST(HistoryCampaigns, AreSortedAndOfTheirAdvertisers) {
  HistoryOptions options = Options();
  options.campaigns = 250;
  options.campaigns_per_advertiser = 100;
  const auto campaigns = MakeHistoryCampaigns(options);
  ASSERT_EQ(250u, campaigns.size());
  EXPECT_EQ(3u, campaigns.back().profile.advertiser_id);
  for (size_t i = 1; i < campaigns.size(); ++i) {
    EXPECT_LT(std::pair(campaigns[i - 1].profile.advertiser_id, campaigns[i - 1].profile.id),
              std::pair(campaigns[i].profile.advertiser_id, campaigns[i].profile.id));
  }
  for (const HistoryCell& cell : campaigns[7].cells) {
    EXPECT_EQ(campaigns[7].profile.advertiser_id, cell.dimensions.advertiser_id);
    EXPECT_EQ(campaigns[7].profile.id, cell.dimensions.campaign_id);
  }
}

}  // namespace
}  // namespace adtally
