#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "event/event.h"
#include "generator/generator.h"
#include "generator/traffic_stream.h"

namespace adtally {

// What the aggregator must come to, counted from the generated events themselves and on purpose
// without the aggregator's own code: unique events per minute of event time and dimensions. Not
// thread-safe.
//
// The file is one JSON document with a row of each list on a line of its own:
//   {"format":1,
//    "events":300000,      unique events acknowledged: what must be counted
//    "duplicates":2100,    repeats acknowledged
//    "complete":true,      false when the run failed or was stopped: then events that were under
//                          way may have been taken or not
//    "from_ms":…,"to_ms":…,
//                          event times, [from, to) in whole minutes; both 0 without events
//    "totals":[impressions,clicks,conversions,spend_micros,conversion_value_micros],
//    "campaigns":[
//    [advertiser_id,campaign_id, and the five numbers],…],
//    "minutes":[
//    [minute since the epoch,advertiser_id,campaign_id,ad_group_id,creative_id,"mobile","US","CA",
//     and the five numbers],…],
//    "click_minutes":[
//    [minute of the click and the seven dimensions, conversions,conversion_value_micros],…],
//    "duplicate_minutes":[
//    [minute and the seven dimensions, impressions,clicks,conversions],…]}
// Lists are sorted by their key columns. Country and region are "" when unknown.
class Truth {
 public:
  struct Sums {
    uint64_t impressions = 0;
    uint64_t clicks = 0;
    uint64_t conversions = 0;
    int64_t spend_micros = 0;
    int64_t conversion_value_micros = 0;
    void Add(const Sums& other);
    friend bool operator==(const Sums&, const Sums&) = default;
  };
  struct Key {
    int64_t minute = 0;
    Dimensions dimensions;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  // Conversions by the minute of their click.
  struct ClickSums {
    uint64_t conversions = 0;
    int64_t conversion_value_micros = 0;
  };
  // Events that were sent again.
  struct Repeats {
    uint64_t impressions = 0;
    uint64_t clicks = 0;
    uint64_t conversions = 0;
    friend bool operator==(const Repeats&, const Repeats&) = default;
  };
  using Rows = std::unordered_map<Key, Sums, KeyHash>;

  // Call once per unique event.
  void Add(const GeneratedEvent& event);
  // Call once for each time that an event was sent again.
  void AddRepeat(const GeneratedEvent& event);
  void Merge(const Truth& other);

  const Rows& rows() const { return rows_; }
  const std::map<Key, Repeats>& repeats() const { return repeats_; }
  Sums Totals() const;

  // Replaces the file as a whole, or leaves the old one. kUnavailable when it cannot be written.
  Result<void> Write(const std::string& path, const GeneratorSummary& summary, bool complete) const;

 private:
  void AddClick(const GeneratedEvent& conversion);

  Rows rows_;
  std::map<Key, ClickSums> clicks_;
  std::map<Key, Repeats> repeats_;
};

}  // namespace adtally
