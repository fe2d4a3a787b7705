// When checkpoints are cut: a backlog into few large ones, its end at once, and what arrives while
// the log is read to its end once an interval.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "aggregator/aggregator_test_support.h"
#include "testing/passing_checkpoint_store.h"
#include "testing/passing_event_log.h"

namespace adtally {
namespace {

constexpr int64_t kIntervalMs = 60'000;

class CutTimingTest : public ::testing::Test, protected AggregatorWorld {
 protected:
  CutTimingTest() : AggregatorWorld(1) {
    options.checkpoint_interval_ms = kIntervalMs;
    options.max_checkpoint_records = 30;
    options.read_bytes = 1;  // a record at a time
  }

  void AppendRecords(int count) {
    for (int i = 0; i < count; ++i) {
      log.AppendAsync({{Partition(0), "broken"}}, [](const Result<void>&) {});
    }
  }
  static Offset DeliveredTo(const Aggregator& aggregator) {
    return aggregator.status()[0].delivered_to;
  }
  static bool Delivers(const Aggregator& aggregator, uint64_t to) {
    return Eventually([&] { return DeliveredTo(aggregator) == Offset(to); });
  }
  // Long enough for a cut that must not come.
  static void WaitAMoment() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }
};

TEST_F(CutTimingTest, AShortLogIsCutAtOnceAndWhole) {
  AppendRecords(20);
  const auto aggregator = Start();
  EXPECT_TRUE(Delivers(*aggregator, 20));
  EXPECT_EQ(aggregator->status()[0].checkpoints, 1u);
}

TEST_F(CutTimingTest, TheEndOfABacklogIsNotHeldBack) {
  AppendRecords(80);
  clock.Advance(kIntervalMs);
  const auto aggregator = Start();
  EXPECT_TRUE(Delivers(*aggregator, 80));
  EXPECT_EQ(aggregator->status()[0].checkpoints, 3u);
}

TEST_F(CutTimingTest, TheEndOfABacklogWaitsWhileItsRecordsAreYoung) {
  AppendRecords(40);
  const auto aggregator = Start();
  EXPECT_TRUE(Delivers(*aggregator, 30));
  WaitAMoment();
  EXPECT_EQ(DeliveredTo(*aggregator), Offset(30));
  clock.Advance(kIntervalMs);
  EXPECT_TRUE(Delivers(*aggregator, 40));
}

// Shows the first records only.
class LateLog final : public PassingEventLog {
 public:
  LateLog(EventLog& log, uint64_t shown) : PassingEventLog(log), shown_(shown) {}
  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override {
    return log_.Read(partition, from, std::min(limit, Offset(shown_)), max_bytes, out);
  }
  void Show(uint64_t shown) { shown_ = shown; }

 private:
  std::atomic<uint64_t> shown_;
};

TEST_F(CutTimingTest, RecordsThatAreReadLateAreNotCutEachForItself) {
  AppendRecords(20);
  clock.Advance(kIntervalMs);
  LateLog late(log, 10);
  Aggregator aggregator(options, "events", late, store, cache, clock, NullLogger());
  EXPECT_TRUE(Delivers(aggregator, 10));
  late.Show(20);
  AppendRecords(1);  // wakes counting
  WaitAMoment();
  EXPECT_EQ(DeliveredTo(aggregator), Offset(10));
  clock.Advance(kIntervalMs);
  EXPECT_TRUE(Delivers(aggregator, 20));
}

// Lets no progress be written until it is opened.
class GatedStore final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> WriteProgress(Partition partition, Progress progress) override {
    if (!open_) return Error{ErrorCode::kUnavailable, "not now"};
    return store_.WriteProgress(partition, progress);
  }
  void Open() { open_ = true; }

 private:
  std::atomic<bool> open_ = false;
};

TEST_F(CutTimingTest, TheEndOfABacklogGrowsWhileDeliveryIsBehind) {
  AppendRecords(70);
  clock.Advance(kIntervalMs);
  GatedStore gated(store);
  const auto aggregator = StartWith(gated);
  // One is delivered and one waits.
  EXPECT_TRUE(Eventually([&] { return log.ReadBoundary(Partition(0), Offset(30)).ok(); }));
  WaitAMoment();
  EXPECT_FALSE(log.ReadBoundary(Partition(0), Offset(60)).ok());
  AppendRecords(5);
  gated.Open();
  EXPECT_TRUE(Delivers(*aggregator, 75));
  EXPECT_EQ(aggregator->status()[0].checkpoints, 3u);
}

TEST_F(CutTimingTest, ADrainCutsNothingButTheEndAndTheLimits) {
  AppendRecords(80);
  const auto aggregator = Start();
  aggregator->Drain();
  EXPECT_EQ(DeliveredTo(*aggregator), Offset(80));
  EXPECT_EQ(aggregator->status()[0].checkpoints, 3u);
}

}  // namespace
}  // namespace adtally
