#include "aggregator/aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "aggregator/aggregator_test_support.h"
#include "testing/passing_checkpoint_store.h"
#include "testing/passing_event_log.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

class AggregatorTest : public ::testing::Test, protected AggregatorWorld {};

TEST_F(AggregatorTest, DrainDeliversEverything) {
  Append(300);
  const auto aggregator = Start();
  Append(300);
  aggregator->Drain();
  ExpectEqualsOracle();
  for (const PartitionStatus& status : aggregator->status()) {
    EXPECT_EQ(status.delivered_to, status.log_end);
    EXPECT_EQ(status.complete_to_ms, clock.NowMs());
    EXPECT_GT(status.events_counted, 0u);
  }
}

TEST_F(AggregatorTest, StoppingAndStartingAgainChangesNothing) {
  for (int round = 0; round < 10; ++round) {
    if (round == 5) cache.LoseAll();
    auto aggregator = Start();
    Append(60);
    if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    aggregator.reset();  // whatever was under way is given up
  }
  Start()->Drain();
  ExpectEqualsOracle();
}

TEST_F(AggregatorTest, FailedInsertsAreRetried) {
  const auto aggregator = Start();
  for (int i = 0; i < 20; ++i) {
    store.FailNextInsert(MemoryCheckpointStore::InsertFailure::kTokenOnly);
    Append(20);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  aggregator->Drain();
  Start()->Drain();
  ExpectEqualsOracle();
}

// Refuses the rows of the first checkpoint of each partition for as long as it is told to.
class RefusingStore final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    std::lock_guard lock(mutex_);
    const Offset first = first_end_.try_emplace(partition, end).first->second;
    if (refusing_ && end == first) return Error{ErrorCode::kUnavailable, "out of memory"};
    return store_.InsertMinuteRows(hour, rows, partition, end, token);
  }
  void Accept() {
    std::lock_guard lock(mutex_);
    refusing_ = false;
  }

 private:
  std::mutex mutex_;
  bool refusing_ = true;
  std::map<Partition, Offset> first_end_;
};

TEST_F(AggregatorTest, ADrainThatGivesUpLeavesNoGap) {
  options.max_checkpoint_records = 5;
  RefusingStore refusing(store);
  Append(200);
  StartWith(refusing)->Drain();
  EXPECT_TRUE(store.Sums().empty());
  refusing.Accept();
  StartWith(refusing)->Drain();
  ExpectEqualsOracle();
}

TEST_F(AggregatorTest, AnUnknownFreshnessIsNotZero) {
  ASSERT_TRUE(store.WriteProgress(Partition(0), {Offset(1000), AppendTime(clock.NowMs())}).ok());
  const auto aggregator = Start();
  EXPECT_TRUE(Eventually([&] { return !aggregator->status()[0].error.empty(); }));
  EXPECT_EQ(aggregator->status()[0].complete_to_ms, std::nullopt);
}

TEST_F(AggregatorTest, FreshnessIsTheAppendTimeOfTheOldestUndeliveredRecord) {
  RefusingStore refusing(store);
  const int64_t before_ms = clock.NowMs();
  Append(20);
  const auto aggregator = StartWith(refusing);
  EXPECT_TRUE(Eventually([&] { return !aggregator->status()[0].error.empty(); }));
  const auto complete_to_ms = aggregator->status()[0].complete_to_ms;
  ASSERT_TRUE(complete_to_ms.has_value());
  EXPECT_GT(*complete_to_ms, before_ms);
  EXPECT_LT(*complete_to_ms, clock.NowMs());
}

TEST_F(AggregatorTest, SaysThatTheLogDoesNotBelongToTheStore) {
  ASSERT_TRUE(store.WriteProgress(Partition(0), {Offset(1000), AppendTime(clock.NowMs())}).ok());
  const auto aggregator = Start();
  EXPECT_TRUE(Eventually([&] { return !aggregator->status()[0].error.empty(); }));
  EXPECT_THAT(aggregator->status()[0].error, HasSubstr("does not belong to this store"));
}

TEST_F(AggregatorTest, SaysThatTheIdBudgetIsUsedUp) {
  options.counting.max_ids = 10;
  Append(200);
  const auto aggregator = Start();
  EXPECT_TRUE(Eventually([&] { return !aggregator->status()[0].error.empty(); }));
  EXPECT_THAT(aggregator->status()[0].error, HasSubstr("aggregator.max_ids allows 10"));
}

TEST_F(AggregatorTest, NothingIsReadWhileNothingHappens) {
  class ReadCounter final : public PassingEventLog {
   public:
    using PassingEventLog::PassingEventLog;
    Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                      RecordBatch& out) override {
      ++reads;
      return log_.Read(partition, from, limit, max_bytes, out);
    }
    std::atomic<int> reads = 0;
  };
  ReadCounter counting_reads(log);
  Aggregator aggregator(options, "events", counting_reads, store, cache, clock, NullLogger());
  Append(20);
  EXPECT_TRUE(Eventually([&] {
    const auto status = aggregator.status();
    return status[0].delivered_to == Offset(10) && status[1].delivered_to == Offset(10);
  }));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const int reads = counting_reads.reads;
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  EXPECT_EQ(counting_reads.reads, reads);
}

TEST_F(AggregatorTest, ACutThatIsDueNeedsNoNewRecord) {
  options.checkpoint_interval_ms = 60'000;
  const auto aggregator = Start();
  Append(2);
  EXPECT_TRUE(Eventually([&] { return aggregator->status()[0].delivered_to == Offset(1); }));
  clock.Advance(1000);
  log.AppendAsync({{Partition(0), "broken"}}, [](const Result<void>&) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(aggregator->status()[0].delivered_to, Offset(1));
  clock.Advance(60'000);
  EXPECT_TRUE(Eventually([&] { return aggregator->status()[0].delivered_to == Offset(2); }));
}

}  // namespace
}  // namespace adtally
