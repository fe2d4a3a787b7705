// The real threads, two aggregators on the same partitions, over a log and a store that fail:
// everything is counted once.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <thread>

#include "aggregator/aggregator.h"
#include "base/logger.h"
#include "testing/counted_records.h"
#include "testing/manual_clock.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_id_cache.h"
#include "testing/memory_log.h"
#include "testing/passing_checkpoint_store.h"
#include "testing/passing_event_log.h"
#include "testing/passing_id_cache.h"

namespace adtally {
namespace {

constexpr uint32_t kPartitions = 3;

// A die that threads throw together: what comes depends on the order in which they do.
class Die {
 public:
  explicit Die(uint64_t seed) : state_(seed) {}
  bool OneIn(uint64_t n) {
    const uint64_t x = (state_ += 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
    return !calm_ && (x >> 33) % n == 0;
  }
  void Calm() { calm_ = true; }

 private:
  std::atomic<uint64_t> state_;
  std::atomic<bool> calm_ = false;
};

Error Failed() {
  return {ErrorCode::kUnavailable, "the call failed"};
}

// Reads return little or fail, and who waits for records is woken for nothing.
class FailingLog final : public PassingEventLog {
 public:
  FailingLog(EventLog& log, Die& die) : PassingEventLog(log), die_(die) {}
  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override {
    if (die_.OneIn(100)) return Failed();
    return log_.Read(partition, from, limit, die_.OneIn(2) ? 1 : max_bytes, out);
  }
  uint64_t WaitForAppend(uint64_t seen, int timeout_ms) override {
    if (die_.OneIn(2)) return seen;
    return log_.WaitForAppend(seen, std::min(timeout_ms, 20));
  }
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override {
    if (die_.OneIn(100)) return Failed();
    ADTALLY_TRY(log_.AppendBoundary(partition, boundary));
    if (die_.OneIn(100)) return Failed();
    return {};
  }

 private:
  Die& die_;
};

class FailingStore final : public PassingCheckpointStore {
 public:
  FailingStore(CheckpointStore& store, Die& die) : PassingCheckpointStore(store), die_(die) {}
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    if (die_.OneIn(100)) return Failed();
    ADTALLY_TRY(store_.InsertMinuteRows(hour, rows, partition, end, token));
    if (die_.OneIn(100)) return Failed();
    return {};
  }
  Result<void> WriteProgress(Partition partition, Progress progress) override {
    if (die_.OneIn(100)) return Failed();
    ADTALLY_TRY(store_.WriteProgress(partition, progress));
    if (die_.OneIn(100)) return Failed();
    return {};
  }

 private:
  Die& die_;
};

// One aggregator process, which can be started again.
struct Member {
  Member(EventLog& inner_log, CheckpointStore& inner_store, Die& die)
      : log(inner_log, die), store(inner_store, die) {}

  void Start(std::mt19937_64& random, const Clock& clock) {
    aggregator.reset();
    AggregatorOptions options;
    options.counting.max_ids = 100'000;
    options.counting_threads = static_cast<int>(1 + random() % 4);
    options.delivery_threads = static_cast<int>(1 + random() % 4);
    options.checkpoint_interval_ms = 0;
    options.max_checkpoint_records = 1 + random() % 20;
    options.read_bytes = 1 + random() % 20'000;
    aggregator =
        std::make_unique<Aggregator>(options, "events", log, store, cache, clock, NullLogger());
  }

  FailingLog log;
  FailingStore store;
  MemoryIdCache cache;
  std::unique_ptr<Aggregator> aggregator;
};

void CountWithTwoAggregators(uint64_t seed) {
  std::mt19937_64 random(seed);
  Die die(seed);
  ManualClock clock(RandomLog::Options().start_ms);
  MemoryLog log(kPartitions, clock);
  MemoryCheckpointStore store;
  Member members[] = {{log, store, die}, {log, store, die}};
  std::vector<NaiveCounter> oracles(kPartitions, NaiveCounter(24));
  std::vector<RandomLog> traffic;
  for (uint32_t i = 0; i < kPartitions; ++i) {
    traffic.emplace_back(seed * kPartitions + i,
                         RandomLog::Options{.long_pause = 0, .differing_copy = 0.3});
  }

  for (Member& member : members) member.Start(random, clock);
  for (int i = 0; i < 300; ++i) {
    if (random() % 30 == 0) members[random() % 2].Start(random, clock);
    if (random() % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto partition = static_cast<uint32_t>(random() % kPartitions);
    const RandomLog::GeneratedRecord record = traffic[partition].Next();
    clock.Advance(random() % 50 == 0 ? kMillisPerHour : static_cast<int64_t>(random() % 2000));
    const AppendTime now(clock.NowMs());
    for (const RandomLog::Item& item : record.items) {
      if (item.broken) {
        oracles[partition].AddBroken(now);
      } else {
        oracles[partition].Add(now, item.Get());
      }
    }
    std::vector<EventLog::Append> appends;
    appends.push_back({Partition(partition), record.payload});
    log.AppendAsync(std::move(appends), [](const Result<void>&) {});
  }
  die.Calm();
  for (Member& member : members) member.aggregator.reset();
  members[0].Start(random, clock);
  members[0].aggregator->Drain();

  std::map<MinuteKey, Measures> rows;
  std::map<Minute, LedgerRow> ledger;
  for (const NaiveCounter& oracle : oracles) {
    for (const auto& [key, measures] : oracle.rows()) AddMeasures(rows[key], measures);
    for (const auto& [minute, row] : oracle.ledger()) AddLedger(ledger[minute], row);
  }
  EXPECT_EQ(store.Sums(), rows);
  EXPECT_EQ(store.Ledger(), ledger);
}

TEST(AggregatorProperty, TwoAggregatorsThatFailAndRestartCountOnce) {
  for (uint64_t seed = 1; seed <= 10 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    CountWithTwoAggregators(seed);
  }
}

// A cache that keeps only some of what is written.
class ForgetfulCache final : public PassingIdCache {
 public:
  using PassingIdCache::PassingIdCache;
  Result<void> Write(const Checkpoint& checkpoint) override {
    if (checkpoint.end.value % 4 != 0) return Failed();
    return cache_.Write(checkpoint);
  }
};

// Appends to the one partition of the log.
void Append(int records, RandomLog& traffic, ManualClock& clock, MemoryLog& log,
            NaiveCounter& oracle) {
  for (int i = 0; i < records; ++i) {
    const RandomLog::GeneratedRecord record = traffic.Next();
    clock.Set(record.append_time.value);
    for (const RandomLog::Item& item : record.items) {
      if (item.broken) {
        oracle.AddBroken(record.append_time);
      } else {
        oracle.Add(record.append_time, item.Get());
      }
    }
    std::vector<EventLog::Append> appends;
    appends.push_back({Partition(0), record.payload});
    log.AppendAsync(std::move(appends), [](const Result<void>&) {});
  }
}

// Log and store were put back to before anything was delivered; the cache was not, and is full of
// ids of records that the log never held since.
TEST(AggregatorProperty, IdsOfAnotherHistoryAreForgottenWhenNothingWasDeliveredYet) {
  MemoryIdCache cache;
  ForgetfulCache forgetful(cache);
  for (const uint64_t history : {1, 2}) {
    RandomLog traffic(history, {.duplicate = 0.5, .long_pause = 0});
    ManualClock clock(RandomLog::Options().start_ms);
    MemoryLog log(1, clock);
    MemoryCheckpointStore store;
    NaiveCounter oracle(24);
    IdCache& used = history == 1 ? static_cast<IdCache&>(cache) : forgetful;
    AggregatorOptions options;
    options.counting.max_ids = 100'000;
    for (int start = 0; start < 2; ++start) {
      Append(40, traffic, clock, log, oracle);
      options.max_checkpoint_records = history == 1 ? 5 : 2;
      Aggregator(options, "events", log, store, used, clock, NullLogger()).Drain();
    }
    EXPECT_EQ(store.Sums(), oracle.rows());
  }
}

}  // namespace
}  // namespace adtally
