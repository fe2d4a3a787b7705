#include "generator/traffic_stream.h"

#include <algorithm>

#include "base/check.h"

namespace adtally {
namespace {

constexpr int64_t kMinLateMs = 2 * kMillisPerMinute;
constexpr int64_t kMaxLateMs = 3 * kMillisPerHour;
constexpr uint64_t kOldClicks = 4;  // one conversion in so many is of a click before the run
constexpr uint64_t kMaxClickAgeMs = 40ull * 24 * kMillisPerHour;

// Prices and order values vary by a fifth around the campaign's own.
int64_t Vary(uint32_t micros, Random& random) {
  return static_cast<int64_t>(micros * random.Between(0.8, 1.2));
}

}  // namespace

TrafficStream::TrafficStream(const CampaignModel& model, const TrafficShape& shape)
    : model_(model),
      shape_(shape),
      random_(CombineSeeds(shape.seed, shape.client)),
      population_(shape.users, CombineSeeds(shape.seed, shape.client)) {}

GeneratedEvent TrafficStream::Next(int64_t now_ms) {
  ADTALLY_CHECK(!done(), "the stream has an end");
  GeneratedEvent event;
  event.index = next_index_;
  event.client = shape_.client;
  event.time_ms = now_ms;
  if (!pending_.empty() && pending_.top().due_index <= next_index_) {
    const FollowUp follow_up = pending_.top();
    pending_.pop();
    Follow(follow_up, event);
  } else {
    Impression(event);
  }
  if (shape_.late > 0 && random_.Chance(shape_.late)) {
    event.late = true;
    const int64_t late_ms =
        kMinLateMs + random_.Below(static_cast<uint32_t>(kMaxLateMs - kMinLateMs));
    event.time_ms -= late_ms;
    if (event.click_time_ms != 0) event.click_time_ms -= late_ms;
  }
  ++next_index_;
  return event;
}

void TrafficStream::Impression(GeneratedEvent& event) {
  const CampaignProfile& campaign = model_.Sample(random_);
  event.type = EventType::kImpression;
  event.user = population_.Sample();
  event.dimensions = model_.SampleDimensions(campaign, random_);
  event.cost_micros = Vary(campaign.impression_micros, random_);
  if (random_.Chance(campaign.click_rate)) Schedule(EventType::kClick, event, 1, 15);
}

void TrafficStream::Follow(const FollowUp& follow_up, GeneratedEvent& event) {
  const CampaignProfile& campaign = model_.campaigns()[follow_up.dimensions.campaign_id - 1];
  event.type = follow_up.type;
  event.dimensions = follow_up.dimensions;
  event.user = follow_up.user;
  if (event.type == EventType::kClick) {
    event.cost_micros = Vary(campaign.click_micros, random_);
    if (random_.Chance(campaign.conversion_rate)) {
      Schedule(EventType::kConversion, event, 3, 60);
    }
  } else {
    event.value_micros = Vary(campaign.order_micros, random_);
    event.click_time_ms = ClickTime(follow_up);
  }
}

int64_t TrafficStream::ClickTime(const FollowUp& conversion) const {
  const uint64_t chance = CombineSeeds(CombineSeeds(shape_.seed, shape_.client), next_index_);
  if (chance % kOldClicks != 0) return conversion.time_ms;
  const auto age_ms = static_cast<int64_t>(chance / kOldClicks % kMaxClickAgeMs);
  // Room for a late one.
  return std::max(conversion.time_ms - age_ms, kMinEventTime.value + kMaxLateMs);
}

void TrafficStream::Schedule(EventType type, const GeneratedEvent& event, double low_s,
                             double high_s) {
  // Counted in events instead of seconds, so that the order of events does not depend on the clock;
  // bounded, so that short runs have clicks and conversions too.
  const double wanted = random_.Between(low_s, high_s) * shape_.events_per_second;
  const double bound = random_.Between(0, static_cast<double>(shape_.events) / 10);
  const auto lag = static_cast<uint64_t>(std::max(1.0, std::min(wanted, bound)));
  pending_.push(
      {next_index_ + lag, scheduled_++, type, event.dimensions, event.user, event.time_ms});
}

}  // namespace adtally
