#include "generator/demo_timeline.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "base/check.h"

namespace adtally {
namespace {

constexpr uint64_t kRunSeed = 0x64656d6f;
constexpr double kAtHome = 0.7;
constexpr double kBusiestHourUtc = 18.5;

// Uniform in [0, 1), a function of its arguments.
double Noise(uint64_t kind, int64_t step) {
  return Random(CombineSeeds(kind, static_cast<uint64_t>(step))).Unit();
}

// The same, but changing smoothly over `minutes`.
double SmoothNoise(uint64_t kind, int64_t minute, int64_t minutes) {
  const int64_t step = minute / minutes;
  const double part = static_cast<double>(minute % minutes) / static_cast<double>(minutes);
  return std::lerp(Noise(kind, step), Noise(kind, step + 1), part);
}

// How busy a minute is; about 1 on average over a day.
double DayShape(int64_t minute) {
  const double hour = static_cast<double>(minute % 1440) / 60;
  const double wave = std::cos((hour - kBusiestHourUtc) * 2 * std::numbers::pi / 24);
  const double drift = 0.85 + 0.3 * SmoothNoise(1, minute, 20);
  const double jitter = 0.94 + 0.12 * Noise(2, minute);
  return (1 + 0.42 * wave) * drift * jitter;
}

int64_t Micros(double units, Random& random) {
  return static_cast<int64_t>(units * 1e6 * random.Between(0.8, 1.2));
}

int64_t DelayMs(double low_s, double high_s, Random& random) {
  return static_cast<int64_t>(random.Between(low_s, high_s) * 1000);
}

std::vector<double> Weights() {
  std::vector<double> weights;
  for (const DemoCampaign& campaign : DemoCampaigns()) weights.push_back(campaign.weight);
  return weights;
}

// Index of the country in Audience where most of an advertiser's customers are: in their order of
// ids DE, US, DE, US, FR.
uint32_t HomeCountry(uint32_t advertiser_id) {
  constexpr uint32_t kHome[] = {1, 0, 1, 0, 3};
  return kHome[advertiser_id - 1];
}

}  // namespace

DemoTimeline::DemoTimeline(double events_per_second)
    : events_per_second_(events_per_second),
      run_id_(CombineSeeds(kRunSeed, std::bit_cast<uint64_t>(events_per_second))),
      popularity_(Weights()) {
  ADTALLY_CHECK(events_per_second > 0, "a demo without traffic shows nothing");
}

std::vector<GeneratedEvent> DemoTimeline::Minute(int64_t minute) const {
  Random random(CombineSeeds(run_id_, static_cast<uint64_t>(minute)));
  const double expected = events_per_second_ * 60 * DayShape(minute);
  const auto impressions = static_cast<size_t>(expected + random.Unit());
  std::vector<GeneratedEvent> events;
  events.reserve(impressions + impressions / 16);

  for (size_t i = 0; i < impressions; ++i) {
    const DemoCampaign& campaign = SampleCampaign(minute, random);
    GeneratedEvent event;
    event.time_ms = minute * kMillisPerMinute + random.Below(kMillisPerMinute);
    event.dimensions = SampleDimensions(campaign, random);
    event.cost_micros = Micros(campaign.cpm / 1000, random);
    events.push_back(event);
    if (!random.Chance(campaign.click_rate)) continue;
    event.type = EventType::kClick;
    event.time_ms += DelayMs(1, 20, random);
    event.cost_micros = Micros(campaign.cpc, random);
    events.push_back(event);
    if (!random.Chance(campaign.conversion_rate)) continue;
    event.type = EventType::kConversion;
    event.click_time_ms = event.time_ms;
    event.time_ms += DelayMs(10, 90, random);
    event.cost_micros = 0;
    event.value_micros = Micros(campaign.order_value, random);
    events.push_back(event);
  }
  for (size_t i = 0; i < events.size(); ++i) {
    events[i].index = static_cast<uint64_t>(minute) << 20 | i;
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
  return events;
}

const DemoCampaign& DemoTimeline::SampleCampaign(int64_t minute, Random& random) const {
  // A campaign in a weak phase passes some of its impressions on.
  for (;;) {
    const uint32_t index = popularity_.Sample(random);
    if (random.Chance(0.4 + 0.6 * SmoothNoise(100 + index, minute, 45))) {
      return DemoCampaigns()[index];
    }
  }
}

Dimensions DemoTimeline::SampleDimensions(const DemoCampaign& campaign, Random& random) const {
  Dimensions d;
  d.advertiser_id = campaign.advertiser_id;
  d.campaign_id = campaign.id;
  d.ad_group_id = campaign.id * 10 + random.Below(kDemoAdGroups);
  d.creative_id = d.ad_group_id * 10 + random.Below(kDemoCreatives);
  d.device = audience_.SampleDevice(random);
  const uint32_t country = random.Chance(kAtHome) ? HomeCountry(campaign.advertiser_id)
                                                  : audience_.SampleCountry(random);
  const AudiencePlace place = audience_.SamplePlace(country, random);
  d.country = place.country;
  d.region = place.region;
  return d;
}

}  // namespace adtally
