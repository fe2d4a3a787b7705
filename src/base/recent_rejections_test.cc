#include "base/recent_rejections.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/manual_clock.h"

namespace adtally {
namespace {

constexpr int64_t kNowMs = 1'793'536'200'000;

TEST(RecentRejections, KeepsTheNewest) {
  ManualClock clock(kNowMs);
  RecentRejections rejections(clock);
  for (size_t i = 0; i < RecentRejections::kKept + 5; ++i) {
    clock.Advance(1000);
    rejections.Add("edge", "line " + std::to_string(i), "country: expected two letters", "{}");
  }
  const auto read = rejections.Read();
  ASSERT_EQ(read.newest_first.size(), RecentRejections::kKept);
  EXPECT_EQ(read.newest_first.front().place, "line " + std::to_string(RecentRejections::kKept + 4));
  EXPECT_EQ(read.newest_first.front().time_ms, clock.NowMs());
  EXPECT_EQ(read.newest_first.front().reason, "country: expected two letters");
  EXPECT_EQ(read.newest_first.back().place, "line 5");
  EXPECT_EQ(read.counted, 0u);  // by Count alone
}

TEST(RecentRejections, AFloodIsCountedAndNotKept) {
  ManualClock clock(kNowMs);
  RecentRejections rejections(clock);
  for (uint64_t i = 0; i < RecentRejections::kPerSecond; ++i) {
    EXPECT_TRUE(rejections.HasRoom());
    rejections.Add("log", "", "bad", "");
  }
  EXPECT_FALSE(rejections.HasRoom());
  rejections.Add("log", "", "one too many", "");
  rejections.Count(1000);
  EXPECT_EQ(rejections.Read().newest_first.size(), RecentRejections::kPerSecond);
  EXPECT_EQ(rejections.Read().newest_first.front().reason, "bad");
  EXPECT_EQ(rejections.Read().counted, 1000u);
  clock.Advance(1000);
  EXPECT_TRUE(rejections.HasRoom());
}

TEST(RecentRejections, LongTextsAreCut) {
  ManualClock clock(kNowMs);
  RecentRejections rejections(clock);
  rejections.Add("log", "", std::string(5000, 'r'), std::string(5000, 'e'));
  const auto read = rejections.Read();
  EXPECT_EQ(read.newest_first.front().reason.size(), RecentRejections::kMaxReasonBytes);
  EXPECT_EQ(read.newest_first.front().event.size(), RecentRejections::kMaxEventBytes);
}

}  // namespace
}  // namespace adtally
