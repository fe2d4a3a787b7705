// Two aggregators on the same partition on purpose: one leads, one follows.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "aggregator/aggregator_test_support.h"
#include "testing/passing_checkpoint_store.h"
#include "testing/passing_event_log.h"

namespace adtally {
namespace {

constexpr int64_t kPatienceMs = 60'000;

class CountsProposals final : public PassingEventLog {
 public:
  using PassingEventLog::PassingEventLog;
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override {
    ++proposals;
    return log_.AppendBoundary(partition, boundary);
  }
  std::atomic<int> proposals = 0;
};

class CountsInserts final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    ++inserts;
    return store_.InsertMinuteRows(hour, rows, partition, end, token);
  }
  std::atomic<int> inserts = 0;
};

struct StandbyTest : ::testing::Test, AggregatorWorld {
  StandbyTest() : AggregatorWorld(1), followed_log(log), followed_store(store) {
    standby_options = options;
    standby_options.standby = true;
    standby_options.standby_patience_ms = kPatienceMs;
  }
  std::unique_ptr<Aggregator> StartStandby() {
    return std::make_unique<Aggregator>(standby_options, "events", followed_log, followed_store,
                                        standby_cache, clock, NullLogger());
  }
  bool Delivered(const Aggregator& aggregator) {
    return Eventually([&] {
      const PartitionStatus status = aggregator.status()[0];
      return status.recovered && status.delivered_to == *log.EndOffset(Partition(0));
    });
  }
  static void WaitAMoment() { std::this_thread::sleep_for(std::chrono::milliseconds(100)); }

  AggregatorOptions standby_options;
  CountsProposals followed_log;
  CountsInserts followed_store;
  MemoryIdCache standby_cache;
};

TEST_F(StandbyTest, WaitsForTheBoundariesOfTheOther) {
  const auto standby = StartStandby();
  Append(20);
  WaitAMoment();
  EXPECT_EQ(followed_log.proposals, 0);
  EXPECT_EQ(standby->status()[0].delivered_to, Offset(0));
  const auto leader = Start();
  EXPECT_TRUE(Delivered(*leader));
  // It finds that the other has delivered, once its patience is over.
  EXPECT_TRUE(Eventually([&] {
    clock.Advance(kPatienceMs / 10);
    return standby->status()[0].delivered_to == *log.EndOffset(Partition(0));
  }));
  EXPECT_EQ(followed_log.proposals, 0);
  EXPECT_EQ(followed_store.inserts, 0);
  ExpectEqualsOracle();
}

TEST_F(StandbyTest, CutsByItselfWhenTheOtherIsGone) {
  auto leader = Start();
  const auto standby = StartStandby();
  Append(20);
  EXPECT_TRUE(Delivered(*leader));
  EXPECT_TRUE(Eventually([&] {
    clock.Advance(kPatienceMs / 10);
    return standby->status()[0].delivered_to == *log.EndOffset(Partition(0));
  }));
  EXPECT_EQ(followed_log.proposals, 0);
  leader.reset();
  Append(20);
  WaitAMoment();
  EXPECT_EQ(followed_log.proposals, 0);
  EXPECT_TRUE(Eventually([&] {
    clock.Advance(kPatienceMs / 10);
    return standby->status()[0].delivered_to == *log.EndOffset(Partition(0));
  }));
  EXPECT_GT(followed_log.proposals, 0);
  ExpectEqualsOracle();
}

// The boundary is there, and who wrote it is gone.
TEST_F(StandbyTest, DeliversWhatTheOtherDidNot) {
  struct Refusing final : PassingCheckpointStore {
    using PassingCheckpointStore::PassingCheckpointStore;
    Result<void> InsertMinuteRows(uint32_t, std::span<const MinuteRow>, Partition, Offset,
                                  std::string_view) override {
      return Error{ErrorCode::kUnavailable, "cut off"};
    }
  } refusing(store);
  Append(20);
  auto leader = StartWith(refusing);
  EXPECT_TRUE(Eventually([&] { return log.ReadBoundary(Partition(0), Offset(0)).ok(); }));
  leader.reset();
  const auto standby = StartStandby();
  EXPECT_TRUE(Eventually([&] {
    clock.Advance(kPatienceMs / 10);
    return standby->status()[0].delivered_to == *log.EndOffset(Partition(0));
  }));
  EXPECT_GT(followed_store.inserts, 0);
  ExpectEqualsOracle();
}

TEST_F(StandbyTest, LeavesTheLeadToOneThatComesBack) {
  const auto standby = StartStandby();
  Append(20);
  EXPECT_TRUE(Eventually([&] {
    clock.Advance(kPatienceMs / 10);
    return standby->status()[0].delivered_to == *log.EndOffset(Partition(0));
  }));
  const int proposals = followed_log.proposals;
  const auto leader = Start();
  for (int i = 0; i < 10; ++i) {
    clock.Set(clock.NowMs() + 1);
    log.AppendAsync({{Partition(0), "broken"}}, [](const Result<void>&) {});
    EXPECT_TRUE(Delivered(*leader));
  }
  EXPECT_EQ(followed_log.proposals, proposals);
}

}  // namespace
}  // namespace adtally
