// Partitions that move between aggregators while they are counted.
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "aggregator/aggregator_test_support.h"
#include "testing/passing_event_log.h"

namespace adtally {
namespace {

constexpr uint32_t kPartitions = 6;

struct AssignmentTest : ::testing::Test, AggregatorWorld {
  AssignmentTest() : AggregatorWorld(kPartitions) {
    options.follow_assignment = true;
    options.max_checkpoint_records = 10;
  }
  // One more process: its id cache is its own.
  std::unique_ptr<Aggregator> Join() {
    caches.push_back(std::make_unique<MemoryIdCache>());
    return std::make_unique<Aggregator>(options, "events", log, store, *caches.back(), clock,
                                        NullLogger());
  }
  bool AllDelivered() {
    for (uint32_t i = 0; i < kPartitions; ++i) {
      const auto progress = store.ReadProgress(Partition(i));
      if (!progress.ok() || !*progress || (*progress)->end != *log.EndOffset(Partition(i))) {
        return false;
      }
    }
    return true;
  }
  void AppendBroken(uint32_t partition, int records) {
    for (int i = 0; i < records; ++i) {
      log.AppendAsync({{Partition(partition), "broken"}}, [](const Result<void>&) {});
    }
  }
  bool DeliveredTo(uint64_t end) {
    const auto progress = store.ReadProgress(Partition(0));
    return progress.ok() && *progress && (*progress)->end == Offset(end);
  }
  std::vector<std::unique_ptr<MemoryIdCache>> caches;
};

// Grows by a record with every read, once told to.
class EndlessLog final : public PassingEventLog {
 public:
  using PassingEventLog::PassingEventLog;
  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override {
    if (begun_) log_.AppendAsync({{partition, "broken"}}, [](const Result<void>&) {});
    read_to_ = from.value;
    return log_.Read(partition, from, limit, max_bytes, out);
  }
  void Begin() { begun_ = true; }
  uint64_t read_to() const { return read_to_; }

 private:
  std::atomic<bool> begun_ = false;
  std::atomic<uint64_t> read_to_ = 0;
};

class CutOffLog final : public PassingEventLog {
 public:
  using PassingEventLog::PassingEventLog;
  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override {
    if (cut_) return Error{ErrorCode::kUnavailable, "no route to host"};
    return log_.Read(partition, from, limit, max_bytes, out);
  }
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) override {
    if (cut_) return Error{ErrorCode::kUnavailable, "no route to host"};
    return log_.ReadBoundary(partition, begin);
  }
  void Cut() { cut_ = true; }
  void Mend() { cut_ = false; }

 private:
  std::atomic<bool> cut_ = false;
};

std::vector<Partition> All() {
  std::vector<Partition> all;
  for (uint32_t i = 0; i < kPartitions; ++i) all.emplace_back(i);
  return all;
}

TEST_F(AssignmentTest, CountsWhatItIsAssignedOnly) {
  Append(60);
  const auto aggregator = Join();
  EXPECT_TRUE(aggregator->status().empty());
  aggregator->SetPartitions({Partition(4), Partition(1)});
  EXPECT_TRUE(Eventually([&] {
    const auto status = aggregator->status();
    return status.size() == 2 && status[0].delivered_to == status[0].log_end &&
           status[1].delivered_to == status[1].log_end;
  }));
  EXPECT_EQ(aggregator->status()[0].partition, Partition(1));
  EXPECT_EQ(aggregator->status()[1].partition, Partition(4));
  EXPECT_EQ(*store.ReadProgress(Partition(0)), std::nullopt);
}

TEST_F(AssignmentTest, APartitionThatIsGivenUpIsLeftAlone) {
  const auto aggregator = Join();
  aggregator->SetPartitions(All());
  Append(60);
  EXPECT_TRUE(Eventually([&] { return AllDelivered(); }));
  aggregator->SetPartitions({Partition(0)});
  EXPECT_EQ(aggregator->status().size(), 1u);
  const auto before = *store.ReadProgress(Partition(1));
  Append(60);
  EXPECT_TRUE(Eventually([&] {
    const auto status = aggregator->status();
    return status[0].delivered_to == *log.EndOffset(Partition(0));
  }));
  EXPECT_EQ((*store.ReadProgress(Partition(1)))->end, before->end);
  aggregator->SetPartitions(All());
  EXPECT_TRUE(Eventually([&] { return AllDelivered(); }));
  ExpectEqualsOracle();
}

// Some are on two aggregators for a while, as when one does not notice that it lost them.
TEST_F(AssignmentTest, MovingPartitionsChangesNoRow) {
  std::mt19937 random(3);
  std::vector<std::unique_ptr<Aggregator>> aggregators;
  for (int i = 0; i < 3; ++i) aggregators.push_back(Join());
  for (int round = 0; round < 40; ++round) {
    Append(30);
    if (round % 9 == 5) aggregators[random() % 3] = Join();  // after a crash
    std::vector<std::vector<Partition>> assigned(3);
    for (const Partition partition : All()) {
      assigned[random() % 3].push_back(partition);
      if (random() % 4 == 0) assigned[random() % 3].push_back(partition);
    }
    for (size_t i = 0; i < 3; ++i) aggregators[i]->SetPartitions(assigned[i]);
  }
  for (auto& aggregator : aggregators) aggregator->SetPartitions({});
  aggregators[0]->SetPartitions(All());
  EXPECT_TRUE(Eventually([&] { return AllDelivered(); }));
  ExpectEqualsOracle();
}

// Others append for ever: it must not wait for the end of the log.
TEST_F(AssignmentTest, ADrainEndsWithTheCheckpointThatWasBegun) {
  options.max_checkpoint_records = 1'000'000;
  options.checkpoint_interval_ms = 3'600'000;
  EndlessLog endless(log);
  Aggregator aggregator(options, "events", endless, store, cache, clock, NullLogger());
  AppendBroken(0, 3);
  aggregator.SetPartitions({Partition(0)});
  EXPECT_TRUE(Eventually([&] { return aggregator.status()[0].checkpoints == 1; }));
  AppendBroken(0, 5);
  EXPECT_TRUE(Eventually([&] { return endless.read_to() == 8; }));
  endless.Begin();
  aggregator.Drain();
  EXPECT_GE((*store.ReadProgress(Partition(0)))->end, Offset(8));
}

TEST_F(AssignmentTest, OneThatWasOvertakenBeginsAgainWhereOthersAre) {
  options.checkpoint_interval_ms = 3'600'000;
  CutOffLog cut_off(log);
  Aggregator slow(options, "events", cut_off, store, cache, clock, NullLogger());
  slow.SetPartitions({Partition(0)});
  AppendBroken(0, 5);
  EXPECT_TRUE(Eventually([&] { return slow.status()[0].checkpoints == 1; }));
  AppendBroken(0, 5);
  cut_off.Cut();
  options.checkpoint_interval_ms = 0;
  const auto other = Join();
  other->SetPartitions({Partition(0)});
  clock.Advance(30 * kMillisPerHour);
  AppendBroken(0, 1);
  EXPECT_TRUE(Eventually([&] { return DeliveredTo(11); }));
  // Its records and boundaries are gone when it looks again.
  ASSERT_TRUE(log.DropBefore(Partition(0), Offset(10)).ok());
  AppendBroken(0, 1);
  cut_off.Mend();
  EXPECT_TRUE(Eventually([&] { return slow.status()[0].delivered_to == Offset(12); }));
  EXPECT_EQ(slow.status()[0].error, "");
}

}  // namespace
}  // namespace adtally
