#include "tiers/tier.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(Tier, NumbersOfDaysAndMonths) {
  constexpr int64_t kLeapDay = 1'709'164'800;  // 2024-02-29T00:00:00Z
  EXPECT_EQ(20240229u, DayNumber(kLeapDay));
  EXPECT_EQ(20240229u, DayNumber(kLeapDay + 86'399));
  EXPECT_EQ(20240301u, DayNumber(kLeapDay + 86'400));
  EXPECT_EQ(202402u, MonthNumber(kLeapDay + 86'399));
  EXPECT_EQ(kLeapDay, DayStart(20240229));
  EXPECT_EQ(kLeapDay - 28 * 86'400, MonthStart(202402));
  EXPECT_EQ(202403u, NextMonth(202402));
  EXPECT_EQ(202501u, NextMonth(202412));
}

TEST(Tier, PartitionIdsAreTheStores) {
  EXPECT_EQ("202402-4294967295", PartitionId(202402, 4'294'967'295));
}

TEST(Tier, GenerationsDiffer) {
  EXPECT_NE(NewGeneration(), NewGeneration());
}

}  // namespace
}  // namespace adtally
