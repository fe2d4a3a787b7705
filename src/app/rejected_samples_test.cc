#include "app/rejected_samples.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace adtally {
namespace {

TEST(RejectedSamples, WithoutATopicTheyAreKeptWhileThereIsRoom) {
  ManualClock clock(1'793'536'200'000);
  RecentRejections recent(clock);
  RejectedSamples samples(recent, nullptr);
  RejectedEvent event;
  event.partition = Partition(2);
  event.offset = Offset(17);
  event.number = 3;
  event.reason = "country: expected two letters";
  event.bytes = "{\"country\":\"Atlantis\"}";
  uint64_t added = 0;
  for (; samples.HasRoom(); ++added) samples.Add(event);
  EXPECT_EQ(added, RecentRejections::kPerSecond);

  const auto read = recent.Read();
  ASSERT_EQ(read.newest_first.size(), added);
  EXPECT_EQ(read.newest_first[0].source, "log");
  EXPECT_EQ(read.newest_first[0].place, "partition 2, offset 17, event 3");
  EXPECT_EQ(read.newest_first[0].reason, event.reason);
  EXPECT_EQ(read.newest_first[0].event, event.bytes);
  EXPECT_EQ(read.counted, 0u);  // the ledger counts them
  clock.Advance(1000);
  EXPECT_TRUE(samples.HasRoom());
}

}  // namespace
}  // namespace adtally
