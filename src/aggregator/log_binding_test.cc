#include "aggregator/log_binding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/manual_clock.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_log.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

TEST(BindLog, TiesAStoreToItsFirstLog) {
  const ManualClock clock(1'790'000'000'000);
  MemoryLog log(2, clock, nullptr, "one");
  MemoryLog other(2, clock, nullptr, "another");
  MemoryCheckpointStore store;
  EXPECT_TRUE(BindLog(log, store).ok());
  EXPECT_TRUE(BindLog(log, store).ok());
  const auto refused = BindLog(other, store);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("counted from event log one"));
}

TEST(BindLog, RefusesAnOlderCopyOfTheLog) {
  const ManualClock clock(1'790'000'000'000);
  MemoryLog log(2, clock);
  MemoryCheckpointStore store;
  ASSERT_TRUE(BindLog(log, store).ok());
  ASSERT_TRUE(store.WriteProgress(Partition(1), {Offset(7), AppendTime(clock.NowMs())}).ok());
  const auto refused = BindLog(log, store);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("partition 1 of the event log ends at offset 0"));
}

}  // namespace
}  // namespace adtally
