#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "aggregator/aggregator.h"
#include "testing/manual_clock.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_id_cache.h"
#include "testing/memory_log.h"
#include "testing/naive_counter.h"
#include "testing/random_log.h"

namespace adtally {

// Whether it becomes true within 10 s.
inline bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// The real threads over a log and a store in memory, and an oracle of what they must count.
struct AggregatorWorld {
  explicit AggregatorWorld(uint32_t partitions = 2, uint64_t seed = 7)
      : log{partitions, clock}, traffic{seed, {}}, oracles(partitions, NaiveCounter(24)) {
    options.counting.max_ids = 1000;
    options.checkpoint_interval_ms = 0;
  }

  // Records of random traffic, one partition after the other.
  void Append(int records) {
    for (int i = 0; i < records; ++i) {
      RandomLog::GeneratedRecord record = traffic.Next();
      clock.Set(record.append_time.value);
      const auto partition = static_cast<uint32_t>(i) % log.partitions();
      for (const auto& item : record.items) {
        if (item.broken) {
          oracles[partition].AddBroken(record.append_time);
        } else {
          Event event = item.event;
          event.event_id = item.event_id;
          oracles[partition].Add(record.append_time, event);
        }
      }
      std::vector<EventLog::Append> appends;
      appends.push_back({Partition(partition), record.payload});
      log.AppendAsync(std::move(appends), [](const Result<void>&) {});
    }
  }

  std::unique_ptr<Aggregator> Start() { return StartWith(store); }
  std::unique_ptr<Aggregator> StartWith(CheckpointStore& other) {
    return std::make_unique<Aggregator>(options, "events", log, other, cache, clock, NullLogger());
  }

  void ExpectEqualsOracle() const {
    std::map<MinuteKey, Measures> rows;
    for (const NaiveCounter& oracle : oracles) {
      for (const auto& [key, measures] : oracle.rows()) AddMeasures(rows[key], measures);
    }
    EXPECT_EQ(store.Sums(), rows);
  }

  ManualClock clock{RandomLog::Options().start_ms};
  MemoryLog log;
  MemoryCheckpointStore store;
  MemoryIdCache cache;
  RandomLog traffic;
  std::vector<NaiveCounter> oracles;
  AggregatorOptions options;
};

}  // namespace adtally
