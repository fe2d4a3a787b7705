#pragma once

#include <cstdint>
#include <queue>
#include <vector>

#include "event/event.h"
#include "generator/campaign_model.h"
#include "generator/population.h"
#include "generator/random.h"

namespace adtally {

// One generated event. Its event_id is a function of the run, the client and the index
// (event_writer.h).
struct GeneratedEvent {
  uint64_t index = 0;  // in its client's stream, from 0
  uint32_t client = 0;
  EventType type = EventType::kImpression;
  bool late = false;    // its event time was set back (see GeneratorOptions::late)
  int64_t time_ms = 0;  // event time, since the epoch
  Dimensions dimensions;
  int64_t cost_micros = 0;
  int64_t value_micros = 0;
  int64_t click_time_ms = 0;  // conversions: of their click; 0 when unknown
  uint32_t user = 0;          // a number; 0 when unknown
};

// What one client sends, apart from repeats.
struct TrafficShape {
  uint64_t seed = 0;
  uint32_t client = 0;
  uint64_t events = 0;
  double late = 0;     // share of the events, [0, 1]
  uint32_t users = 0;  // how many people the audience is; 0: all unknown
  // Of this client: how many events long the seconds are that clicks and conversions lag behind.
  double events_per_second = 0;
};

// The endless-looking but reproducible stream of one client's events: impressions, and behind them
// the clicks and conversions that they lead to. The model must outlive it. Not thread-safe.
class TrafficStream {
 public:
  TrafficStream(const CampaignModel& model, const TrafficShape& shape);

  bool done() const { return next_index_ == shape_.events; }
  uint64_t next_index() const { return next_index_; }
  // The next event, at `now_ms` by its sender's clock unless it is a late one. Not to be called
  // when done.
  GeneratedEvent Next(int64_t now_ms);

 private:
  struct FollowUp {
    uint64_t due_index;
    uint64_t order;  // among those with the same due_index
    EventType type;
    Dimensions dimensions;
    uint32_t user;
    int64_t time_ms;  // of what it follows
    bool operator>(const FollowUp& other) const {
      return due_index != other.due_index ? due_index > other.due_index : order > other.order;
    }
  };

  void Impression(GeneratedEvent& event);
  void Follow(const FollowUp& follow_up, GeneratedEvent& event);
  // When the click of a conversion was: the one that it follows or, of some, one of weeks before.
  int64_t ClickTime(const FollowUp& conversion) const;
  // Something that follows the event, done by the same user.
  void Schedule(EventType type, const GeneratedEvent& event, double low_s, double high_s);

  const CampaignModel& model_;
  const TrafficShape shape_;
  Random random_;
  Population population_;
  uint64_t next_index_ = 0;
  uint64_t scheduled_ = 0;
  std::priority_queue<FollowUp, std::vector<FollowUp>, std::greater<>> pending_;
};

}  // namespace adtally
