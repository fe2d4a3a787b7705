// Partitions that share threads: any number of them gives the same rows, no partition holds up
// another, and memory stays bounded.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <random>

#include "aggregator/aggregator_test_support.h"
#include "testing/passing_checkpoint_store.h"

namespace adtally {
namespace {

constexpr uint32_t kPartitions = 8;

bool AllDelivered(const std::vector<PartitionStatus>& partitions, uint32_t from) {
  for (uint32_t i = from; i < partitions.size(); ++i) {
    if (partitions[i].log_end == Offset(0)) return false;
    if (partitions[i].delivered_to != partitions[i].log_end) return false;
  }
  return true;
}

// Fails some calls, before or after they had their effect.
class FlakyStore final : public PassingCheckpointStore {
 public:
  FlakyStore(CheckpointStore& store, uint64_t seed)
      : PassingCheckpointStore(store), random_(seed) {}
  Result<std::optional<Progress>> ReadProgress(Partition partition) override {
    if (Fails()) return Failure();
    return store_.ReadProgress(partition);
  }
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    if (Fails()) return Failure();
    auto inserted = store_.InsertMinuteRows(hour, rows, partition, end, token);
    return Fails() ? Failure() : std::move(inserted);
  }
  Result<void> WriteProgress(Partition partition, Progress progress) override {
    auto written = store_.WriteProgress(partition, progress);
    return Fails() ? Failure() : std::move(written);
  }

 private:
  static Error Failure() { return {ErrorCode::kUnavailable, "not now"}; }
  bool Fails() {
    std::lock_guard lock(mutex_);
    return random_() % 50 == 0;
  }
  std::mutex mutex_;
  std::mt19937_64 random_;
};

struct ThreadCounts {
  int counting;
  int delivery;
};
class AggregatorThreads : public ::testing::TestWithParam<ThreadCounts> {};

TEST_P(AggregatorThreads, GiveTheSameRows) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    AggregatorWorld world(kPartitions, seed);
    world.options.counting_threads = GetParam().counting;
    world.options.delivery_threads = GetParam().delivery;
    world.options.max_checkpoint_records = 20;
    FlakyStore flaky(world.store, seed);
    world.Append(300);
    {
      const auto aggregator = world.StartWith(flaky);
      world.Append(300);
      EXPECT_TRUE(Eventually([&] { return AllDelivered(aggregator->status(), 0); }));
      world.Append(100);
    }  // what is under way is given up
    world.StartWith(flaky)->Drain();
    world.Start()->Drain();  // what a drain gave up
    world.ExpectEqualsOracle();
  }
}

INSTANTIATE_TEST_SUITE_P(Counts, AggregatorThreads,
                         ::testing::Values(ThreadCounts{1, 1}, ThreadCounts{2, 3},
                                           ThreadCounts{3, 2}, ThreadCounts{8, 8},
                                           ThreadCounts{1, 8}, ThreadCounts{100, 100}),
                         [](const auto& tested) {
                           return std::to_string(tested.param.counting) + "Counting" +
                                  std::to_string(tested.param.delivery) + "Delivering";
                         });

// Does not answer for partition 0 until it is opened.
class GatedStore final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    if (partition == Partition(0)) {
      std::unique_lock lock(mutex_);
      opened_.wait(lock, [&] { return open_; });
    }
    return store_.InsertMinuteRows(hour, rows, partition, end, token);
  }
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

TEST(AggregatorThreadsTest, ASlowDeliveryHoldsUpOnlyItsPartition) {
  AggregatorWorld world(kPartitions);
  world.options.counting_threads = 1;
  world.options.delivery_threads = 2;
  world.options.max_checkpoint_records = 5;
  GatedStore gated(world.store);
  const auto aggregator = world.StartWith(gated);
  world.Append(400);
  EXPECT_TRUE(Eventually([&] { return AllDelivered(aggregator->status(), 1); }));
  EXPECT_EQ(aggregator->status()[0].delivered_to, Offset(0));
  gated.Open();
  aggregator->Drain();
  world.ExpectEqualsOracle();
}

// Refuses every insert of some partitions.
class RefusingStore final : public PassingCheckpointStore {
 public:
  RefusingStore(CheckpointStore& store, uint32_t partitions)
      : PassingCheckpointStore(store), partitions_(partitions) {}
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    if (partition.value < partitions_) return Error{ErrorCode::kUnavailable, "disk full"};
    return store_.InsertMinuteRows(hour, rows, partition, end, token);
  }

 private:
  const uint32_t partitions_;
};

TEST(AggregatorThreadsTest, ADeliveryThatIsRefusedTakesNoThread) {
  AggregatorWorld world(kPartitions);
  world.options.counting_threads = 1;
  world.options.delivery_threads = 1;
  world.options.max_checkpoint_records = 5;
  RefusingStore refusing(world.store, 4);
  const auto aggregator = world.StartWith(refusing);
  world.Append(400);
  EXPECT_TRUE(Eventually([&] { return AllDelivered(aggregator->status(), 4); }));
  for (uint32_t i = 0; i < kPartitions; ++i) {
    EXPECT_EQ(aggregator->status()[i].error, i < 4 ? "disk full" : "");
  }
}

// Checkpoints of a partition that were completed and not delivered: the log has their boundaries.
size_t Outstanding(MemoryLog& log, Partition partition, Offset delivered_to) {
  size_t count = 0;
  for (Offset at = delivered_to;; ++count) {
    const auto boundary = log.ReadBoundary(partition, at);
    if (!boundary.ok()) return count;
    at = boundary->end;
  }
}

TEST(AggregatorThreadsTest, ARefusingStoreDoesNotMakeMemoryGrow) {
  AggregatorWorld world(kPartitions);
  world.options.max_checkpoint_records = 5;
  RefusingStore refusing(world.store, kPartitions);
  const auto aggregator = world.StartWith(refusing);
  world.Append(800);
  const auto outstanding = [&] {
    std::vector<size_t> counts;
    for (uint32_t i = 0; i < kPartitions; ++i) {
      counts.push_back(Outstanding(world.log, Partition(i), Offset(0)));
    }
    return counts;
  };
  const std::vector<size_t> three(kPartitions, 3);
  EXPECT_TRUE(Eventually([&] { return outstanding() == three; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(outstanding(), three);
}

}  // namespace
}  // namespace adtally
