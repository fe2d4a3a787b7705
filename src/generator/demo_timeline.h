#pragma once

#include <cstdint>
#include <vector>

#include "generator/alias_table.h"
#include "generator/audience.h"
#include "generator/demo_catalog.h"
#include "generator/random.h"
#include "generator/traffic_stream.h"

namespace adtally {

// The demo's traffic as a function of time: a quiet night and a busy evening, drifting popularity,
// noise. Every minute of history is the same whenever it is made, ids included. So a restarted demo
// fills the gap that it left, and what it sends twice is dropped as duplicates. Immutable, hence
// thread-safe.
class DemoTimeline {
 public:
  // `events_per_second` on average over a day; above 0.
  explicit DemoTimeline(double events_per_second);

  // The first half of every event_id (see event_writer.h).
  uint64_t run_id() const { return run_id_; }

  // The events that begin in that minute since the epoch, in order of time. Clicks and conversions
  // of the minute's impressions are among them and may happen up to two minutes later.
  std::vector<GeneratedEvent> Minute(int64_t minute) const;

  // Draws a campaign and the dimensions of one impression, as at that minute.
  const DemoCampaign& SampleCampaign(int64_t minute, Random& random) const;
  Dimensions SampleDimensions(const DemoCampaign& campaign, Random& random) const;

 private:
  const double events_per_second_;
  const uint64_t run_id_;
  const AliasTable popularity_;
  const Audience audience_;
};

}  // namespace adtally
