#include "testing/memory_log.h"

#include <gtest/gtest.h>

#include <thread>

#include "log/log_test_support.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

class MemoryLogTest : public ::testing::Test {
 protected:
  size_t Count() { return ReadAll(log_, 0).size(); }

  ManualClock clock_{1'000};
  CrashPoints crash_;
  MemoryLog log_{1, clock_, &crash_};
  const std::vector<EventLog::Append> two_ = {{Partition(0), "a"}, {Partition(0), "b"}};
};

TEST_F(MemoryLogTest, CrashesAtTheArmedHitAndSurvivesIt) {
  const struct {
    const char* where;
    size_t records;
  } kPoints[] = {{"log.append.before", 0}, {"log.append.torn", 1}, {"log.append.after", 2}};
  size_t expected = 0;
  for (uint64_t hit = 1; hit <= 3; ++hit) {
    crash_.Arm(hit);
    EXPECT_EQ(AppendAndWait(log_, two_).error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(crash_.crashed());
    EXPECT_EQ(crash_.last(), kPoints[hit - 1].where);
    RecordBatch out;
    EXPECT_FALSE(log_.Read(Partition(0), Offset(0), Offset(9), 100, out).ok());
    EXPECT_FALSE(log_.EndOffset(Partition(0)).ok());
    crash_.Reset();
    expected += kPoints[hit - 1].records;
    EXPECT_EQ(Count(), expected);
  }
}

TEST_F(MemoryLogTest, CountsHitsWithoutCrashing) {
  crash_.Arm(0);
  EXPECT_TRUE(AppendAndWait(log_, two_).ok());
  EXPECT_TRUE(log_.AppendBoundary(Partition(0), {Offset(0), Offset(1)}).ok());
  EXPECT_EQ(crash_.hits(), 5u);
}

TEST_F(MemoryLogTest, ABoundaryMayBeThereAlthoughItsWriterCrashed) {
  crash_.Arm(2);
  EXPECT_FALSE(log_.AppendBoundary(Partition(0), {Offset(0), Offset(1)}).ok());
  crash_.Reset();
  EXPECT_EQ(log_.ReadBoundary(Partition(0), Offset(0))->end, Offset(1));
}

TEST_F(MemoryLogTest, RefusesAppendsOnDemand) {
  log_.RefuseAppends(Error{ErrorCode::kResourceExhausted, "full"});
  EXPECT_EQ(AppendOne(log_, 0, "x").error().code, ErrorCode::kResourceExhausted);
  log_.RefuseAppends(std::nullopt);
  EXPECT_TRUE(AppendOne(log_, 0, "x").ok());
  EXPECT_EQ(Count(), 1u);
}

TEST_F(MemoryLogTest, WaitsForAnAppendUnlessItIsToldNotTo) {
  const uint64_t seen = log_.WaitForAppend(0, 60'000);
  EXPECT_NE(seen, 0u);
  EXPECT_EQ(log_.WaitForAppend(seen, 1), seen);
  std::thread writer([&] { EXPECT_TRUE(AppendAndWait(log_, two_).ok()); });
  EXPECT_GT(log_.WaitForAppend(seen, 60'000), seen);
  EXPECT_GE(*log_.EndOffset(Partition(0)), Offset(1));
  writer.join();
  log_.BlockInWaits(false);
  const uint64_t now = log_.WaitForAppend(seen, 60'000);
  EXPECT_EQ(log_.WaitForAppend(now, 60'000), now);
}

}  // namespace
}  // namespace adtally
