#include "aggregator/checkpoint_builder.h"

#include <gtest/gtest.h>

#include <memory>

#include "event/protobuf_codec.h"
#include "testing/manual_clock.h"
#include "testing/memory_log.h"

namespace adtally {
namespace {

using Outcome = CheckpointBuilder::Outcome;
constexpr Partition kPartition{0};

class CheckpointBuilderTest : public ::testing::Test {
 protected:
  CheckpointBuilderTest() {
    log_.BlockInWaits(false);
    options_.counting.max_ids = 1000;
  }

  void Append(std::string_view event_id, EventType type = EventType::kClick,
              uint64_t user_hash = 0) {
    Event event;
    event.event_id = event_id;
    event.type = type;
    event.user_hash = user_hash;
    event.time = EventTime(clock_.NowMs());
    event.dimensions = {1, 1, 1, 1, Device::kOther, {}, {}};
    std::string payload;
    AppendToBatch(event, payload);
    std::vector<EventLog::Append> appends;
    appends.push_back({kPartition, payload});
    log_.AppendAsync(std::move(appends), [](const Result<void>& done) { ASSERT_TRUE(done.ok()); });
  }

  // Steps until the builder has a checkpoint, or nothing more to do.
  Outcome Run(CheckpointBuilder& builder, bool cut_due) {
    for (int step = 0; step < 100; ++step) {
      const auto outcome = builder.Step(cut_due);
      EXPECT_TRUE(outcome.ok());
      if (*outcome != Outcome::kAdvanced) return *outcome;
    }
    ADD_FAILURE() << "the builder does not end";
    return Outcome::kIdle;
  }

  ManualClock clock_{1'790'000'000'000};
  MemoryLog log_{1, clock_};
  AggregatorOptions options_;
};

TEST_F(CheckpointBuilderTest, WritesItsBoundaryBeforeTheCheckpointIsReady) {
  PartitionCounter counter(kPartition, options_.counting);
  CheckpointBuilder builder(kPartition, options_, log_, counter, Offset(0));
  EXPECT_EQ(Run(builder, true), Outcome::kIdle);
  Append("a");
  Append("b");
  EXPECT_EQ(Run(builder, false), Outcome::kIdle);
  EXPECT_FALSE(log_.ReadBoundary(kPartition, Offset(0)).ok());
  EXPECT_EQ(Run(builder, true), Outcome::kReady);
  const Checkpoint checkpoint = builder.Take();
  EXPECT_EQ(checkpoint.begin, Offset(0));
  EXPECT_EQ(checkpoint.end, Offset(2));
  EXPECT_EQ(*log_.ReadBoundary(kPartition, Offset(0)), (Boundary{Offset(0), Offset(2)}));
}

TEST_F(CheckpointBuilderTest, FollowsAnEarlierBoundaryOfAnother) {
  for (const char* id : {"a", "b", "a", "c", "b"}) Append(id);
  PartitionCounter counter(kPartition, options_.counting);
  CheckpointBuilder builder(kPartition, options_, log_, counter, Offset(0));
  EXPECT_EQ(Run(builder, false), Outcome::kIdle);  // counted all five
  ASSERT_TRUE(log_.AppendBoundary(kPartition, {Offset(0), Offset(2)}).ok());
  EXPECT_EQ(Run(builder, true), Outcome::kReady);
  const Checkpoint first = builder.Take();
  EXPECT_EQ(first.end, Offset(2));
  EXPECT_EQ(first.rows.at(0).measures.clicks, 2u);
  EXPECT_EQ(Run(builder, true), Outcome::kReady);
  const Checkpoint second = builder.Take();
  EXPECT_EQ(second.end, Offset(5));
  EXPECT_EQ(second.rows.at(0).measures.clicks, 1u);
  EXPECT_EQ(second.ledger.at(0).duplicate, 2u);
}

TEST_F(CheckpointBuilderTest, CountsOnToALaterBoundaryOfAnother) {
  for (const char* id : {"a", "b"}) Append(id);
  PartitionCounter counter(kPartition, options_.counting);
  CheckpointBuilder builder(kPartition, options_, log_, counter, Offset(0));
  EXPECT_EQ(Run(builder, false), Outcome::kIdle);
  for (const char* id : {"c", "d"}) Append(id);
  ASSERT_TRUE(log_.AppendBoundary(kPartition, {Offset(0), Offset(4)}).ok());
  EXPECT_EQ(Run(builder, true), Outcome::kReady);
  EXPECT_EQ(builder.Take().rows.at(0).measures.clicks, 4u);
}

TEST_F(CheckpointBuilderTest, KnowsTheFirstAppendTimeOfWhatItHasCounted) {
  const int64_t start_ms = clock_.NowMs();
  for (const char* id : {"a", "b", "c"}) {
    Append(id);
    clock_.Advance(1000);
  }
  PartitionCounter counter(kPartition, options_.counting);
  CheckpointBuilder builder(kPartition, options_, log_, counter, Offset(0));
  EXPECT_EQ(Run(builder, false), Outcome::kIdle);
  EXPECT_EQ(builder.first_append_time(), AppendTime(start_ms));
  ASSERT_TRUE(log_.AppendBoundary(kPartition, {Offset(0), Offset(2)}).ok());
  EXPECT_EQ(Run(builder, true), Outcome::kReady);  // counted two of them again
  EXPECT_EQ(builder.first_append_time(), AppendTime(start_ms));
  builder.Take();
  EXPECT_EQ(Run(builder, false), Outcome::kIdle);
  EXPECT_EQ(builder.first_append_time(), AppendTime(start_ms + 2000));
}

TEST_F(CheckpointBuilderTest, CutsAtItsLimitsAndAtTheHour) {
  options_.max_checkpoint_records = 3;
  for (const char* id : {"a", "b", "c", "d"}) Append(id);
  clock_.Advance(kMillisPerHour);
  Append("e");
  PartitionCounter counter(kPartition, options_.counting);
  CheckpointBuilder builder(kPartition, options_, log_, counter, Offset(0));
  EXPECT_EQ(Run(builder, false), Outcome::kReady);
  EXPECT_EQ(builder.Take().end, Offset(3));
  EXPECT_EQ(Run(builder, false), Outcome::kReady);
  EXPECT_EQ(builder.Take().end, Offset(4));
  EXPECT_EQ(Run(builder, false), Outcome::kIdle);
}

TEST_F(CheckpointBuilderTest, CutsAtTheLimitOfViewings) {
  options_.max_checkpoint_viewings = 100;
  for (uint64_t i = 0; i < 300; ++i) {
    Append("e" + std::to_string(log_.EndOffset(kPartition)->value), EventType::kImpression,
           1 + i % 7);
  }
  PartitionCounter counter(kPartition, options_.counting);
  CheckpointBuilder builder(kPartition, options_, log_, counter, Offset(0));
  EXPECT_EQ(Run(builder, false), Outcome::kReady);
  const Checkpoint checkpoint = builder.Take();
  EXPECT_GE(checkpoint.end, Offset(100));
  EXPECT_LT(checkpoint.end, Offset(300));
  EXPECT_EQ(checkpoint.reach.users, (std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7}));
}

}  // namespace
}  // namespace adtally
