#pragma once

#include <cstdint>
#include <random>
#include <string>
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
  };
  struct Item {
    std::string event_id;  // what event.event_id views
    Event event;
    bool broken = false;
  };
  struct GeneratedRecord {
    AppendTime append_time;
    std::string payload;
    std::vector<Item> items;
  };

  RandomLog(uint64_t seed, Options options);
  GeneratedRecord Next();

 private:
  Item NewItem();
  bool Chance(double p);
  int64_t Uniform(int64_t from, int64_t to);  // both included

  const Options options_;
  std::mt19937_64 random_;
  int64_t now_ms_;
  uint64_t next_id_ = 0;
  std::vector<Item> sent_;
};

}  // namespace adtally
