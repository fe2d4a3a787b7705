#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "event/event.h"

namespace adtally {

// Makes the records of one partition from a seed: a few campaigns, many duplicates (near, and about
// a window later), late and future events, bots, broken bytes, pauses from milliseconds to days
// between records.
class RandomLog {
 public:
  struct Options {
    int64_t start_ms = 1'790'000'000'000;
    int max_events_per_record = 20;
    double duplicate = 0.2;
    double broken_record = 0.01;
    double long_pause = 0.05;  // hours between two records
    double known_user = 0.5;   // of events, those that say whose they are
    // Of the duplicates, those that differ from the first copy in everything but their id.
    double differing_copy = 0;
    double empty_record = 0;
    double pause_of_days = 0;  // up to six
    // When not empty: how many events records have, instead of any number from 1 to
    // max_events_per_record.
    std::vector<int> record_sizes = {};
  };
  struct Item {
    std::string event_id;
    Event event;  // its event_id is a view of the item that Next returned: a copy needs Get
    bool broken = false;
    // The event with its id, for as long as the item lives.
    Event Get() const {
      Event with_id = event;
      with_id.event_id = event_id;
      return with_id;
    }
  };
  // What a broken item is in a batch: the batch breaks off there.
  static constexpr std::string_view kBrokenBytes = "\x0a\xff\xff";
  struct GeneratedRecord {
    AppendTime append_time;
    std::string payload;
    std::vector<Item> items;
  };

  RandomLog(uint64_t seed, Options options);
  GeneratedRecord Next();

 private:
  Item NewItem();
  int64_t ClickAge();
  Item Duplicate();
  int64_t NextSize();
  void Pause();
  bool Chance(double p);
  int64_t Uniform(int64_t from, int64_t to);  // both included

  const Options options_;
  std::mt19937_64 random_;
  int64_t now_ms_;
  uint64_t next_id_ = 0;
  std::vector<Item> sent_;
};

}  // namespace adtally
