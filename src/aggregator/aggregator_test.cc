#include "aggregator/aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "testing/manual_clock.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_id_cache.h"
#include "testing/memory_log.h"
#include "testing/naive_counter.h"
#include "testing/passing_checkpoint_store.h"
#include "testing/random_log.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

// The real threads over a log and a store in memory.
class AggregatorTest : public ::testing::Test {
 protected:
  AggregatorTest() {
    options_.counting.dedup_page_bits = 6;
    options_.checkpoint_interval_ms = 0;
  }

  void Append(int records) {
    for (int i = 0; i < records; ++i) {
      RandomLog::GeneratedRecord record = traffic_.Next();
      clock_.Set(record.append_time.value);
      const auto partition = static_cast<uint32_t>(i % 2);
      for (const auto& item : record.items) {
        if (item.broken) {
          oracles_[partition].AddBroken(record.append_time);
        } else {
          Event event = item.event;
          event.event_id = item.event_id;
          oracles_[partition].Add(record.append_time, event);
        }
      }
      std::vector<EventLog::Append> appends;
      appends.push_back({Partition(partition), record.payload});
      log_.AppendAsync(std::move(appends), [](const Result<void>&) {});
    }
  }

  std::unique_ptr<Aggregator> Start() {
    return std::make_unique<Aggregator>(options_, "events", log_, store_, cache_, clock_,
                                        NullLogger());
  }

  void ExpectEqualsOracle() {
    std::map<MinuteKey, Measures> rows;
    for (const NaiveCounter& oracle : oracles_) {
      for (const auto& [key, measures] : oracle.rows()) AddMeasures(rows[key], measures);
    }
    EXPECT_EQ(store_.Sums(), rows);
  }

  ManualClock clock_{RandomLog::Options().start_ms};
  MemoryLog log_{2, clock_};
  MemoryCheckpointStore store_;
  MemoryIdCache cache_;
  RandomLog traffic_{7, {}};
  std::vector<NaiveCounter> oracles_{NaiveCounter(24), NaiveCounter(24)};
  AggregatorOptions options_;
};

TEST_F(AggregatorTest, DrainDeliversEverything) {
  Append(300);
  const auto aggregator = Start();
  Append(300);
  aggregator->Drain();
  ExpectEqualsOracle();
  for (const PartitionStatus& status : aggregator->status()) {
    EXPECT_EQ(status.delivered_to, status.log_end);
    EXPECT_EQ(status.complete_to_ms, clock_.NowMs());
    EXPECT_GT(status.events_counted, 0u);
  }
}

TEST_F(AggregatorTest, StoppingAndStartingAgainChangesNothing) {
  for (int round = 0; round < 10; ++round) {
    if (round == 5) cache_.LoseAll();
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
    store_.FailNextInsert(MemoryCheckpointStore::InsertFailure::kTokenOnly);
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
  options_.max_checkpoint_records = 5;
  RefusingStore refusing(store_);
  Append(200);
  {
    Aggregator aggregator(options_, "events", log_, refusing, cache_, clock_, NullLogger());
    aggregator.Drain();
  }
  EXPECT_TRUE(store_.Sums().empty());
  refusing.Accept();
  Aggregator aggregator(options_, "events", log_, refusing, cache_, clock_, NullLogger());
  aggregator.Drain();
  ExpectEqualsOracle();
}

TEST_F(AggregatorTest, AnUnknownFreshnessIsNotZero) {
  ASSERT_TRUE(store_.WriteProgress(Partition(0), {Offset(1000), AppendTime(clock_.NowMs())}).ok());
  const auto aggregator = Start();
  EXPECT_TRUE(Eventually([&] { return !aggregator->status()[0].error.empty(); }));
  EXPECT_EQ(aggregator->status()[0].complete_to_ms, std::nullopt);
}

TEST_F(AggregatorTest, FreshnessIsTheAppendTimeOfTheOldestUndeliveredRecord) {
  RefusingStore refusing(store_);
  const int64_t before_ms = clock_.NowMs();
  Append(20);
  Aggregator aggregator(options_, "events", log_, refusing, cache_, clock_, NullLogger());
  EXPECT_TRUE(Eventually([&] { return !aggregator.status()[0].error.empty(); }));
  const auto complete_to_ms = aggregator.status()[0].complete_to_ms;
  ASSERT_TRUE(complete_to_ms.has_value());
  EXPECT_GT(*complete_to_ms, before_ms);
  EXPECT_LT(*complete_to_ms, clock_.NowMs());
}

TEST_F(AggregatorTest, SaysThatTheLogDoesNotBelongToTheStore) {
  ASSERT_TRUE(store_.WriteProgress(Partition(0), {Offset(1000), AppendTime(clock_.NowMs())}).ok());
  const auto aggregator = Start();
  EXPECT_TRUE(Eventually([&] { return !aggregator->status()[0].error.empty(); }));
  EXPECT_THAT(aggregator->status()[0].error, HasSubstr("does not belong to this store"));
}

TEST_F(AggregatorTest, SaysThatTheIdBudgetIsUsedUp) {
  options_.max_ids_per_partition = 10;
  Append(200);
  const auto aggregator = Start();
  EXPECT_TRUE(Eventually([&] { return !aggregator->status()[0].error.empty(); }));
  EXPECT_THAT(aggregator->status()[0].error, HasSubstr("aggregator.max_ids allows 10"));
}

}  // namespace
}  // namespace adtally
