#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "aggregator/checkpoint_store.h"
#include "aggregator/dedup_recovery.h"
#include "counting/partition_counter.h"
#include "testing/manual_clock.h"
#include "testing/memory_id_cache.h"
#include "testing/memory_log.h"
#include "testing/random_log.h"

namespace adtally {

// A log of one partition in memory for tests, and a counter that saw all of it.
class CountedLog {
 public:
  static constexpr int kRecordsPerCheckpoint = 7;

  CountedLog() = default;
  CountedLog(const CountedLog&) = delete;

  // Appends and counts records, and returns their checkpoints, which reach the log's end.
  std::vector<Checkpoint> Append(RandomLog& traffic, int records) {
    std::vector<Checkpoint> checkpoints;
    const auto cut = [&] {
      if (!counter_.empty()) checkpoints.push_back(counter_.Cut());
    };
    for (int i = 0; i < records; ++i) {
      const RandomLog::GeneratedRecord record = traffic.Next();
      clock_.Set(record.append_time.value);
      log_.AppendAsync({{Partition(0), record.payload}}, [](const Result<void>&) {});
      if (i % kRecordsPerCheckpoint == 0 || !counter_.Fits(record.append_time)) cut();
      counter_.Count(record.append_time, record.payload);
      last_append_time_ = record.append_time;
    }
    cut();
    return checkpoints;
  }

  EventLog& log() { return log_; }
  Offset end() const { return counter_.end(); }
  // As if everything had been delivered.
  Progress progress() const { return {end(), last_append_time_}; }
  static CountingOptions options() {
    CountingOptions options;
    options.max_ids = 1000;
    return options;
  }

  // Recovers a counter at the log's end, and compares it with the one that saw everything by what
  // both make of the records that follow.
  DedupRecovery ExpectRecovers(IdCache& cache, RandomLog& traffic) {
    PartitionCounter recovered(Partition(0), options());
    const auto recovery = RecoverDedup(log_, cache, Partition(0), options(), progress(), recovered);
    EXPECT_TRUE(recovery.ok()) << recovery.error().message;
    if (!recovery.ok()) return {};
    EXPECT_EQ(recovered.live_ids(), counter_.live_ids());
    recovered.Begin(end());
    for (const Checkpoint& expected : Append(traffic, 60)) {
      RecordBatch records;
      EXPECT_TRUE(log_.Read(Partition(0), expected.begin, expected.end, SIZE_MAX, records).ok());
      for (const Record& record : records) recovered.Count(record.append_time, record.payload);
      EXPECT_EQ(recovered.Cut(), expected);
    }
    return *recovery;
  }

 private:
  ManualClock clock_{RandomLog::Options().start_ms};
  MemoryLog log_{1, clock_};
  PartitionCounter counter_{Partition(0), options()};
  AppendTime last_append_time_;
};

inline void WriteAll(IdCache& cache, const std::vector<Checkpoint>& checkpoints) {
  for (const Checkpoint& checkpoint : checkpoints) {
    const auto written = cache.Write(checkpoint);
    EXPECT_TRUE(written.ok()) << written.error().message;
  }
}

}  // namespace adtally
