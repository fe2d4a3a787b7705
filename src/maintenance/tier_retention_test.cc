#include "maintenance/tier_retention.h"

#include <gtest/gtest.h>

#include "maintenance/maintenance_test_support.h"
#include "maintenance/rollup_days.h"

namespace adtally {
namespace {

class MinuteRetentionTest : public MaintenanceTest {
 protected:
  void SetUp() override {
    MaintenanceTest::SetUp();
    clock_.Set((kBaseS + 9 * kDayS + 1) * 1000);  // the first two days are older than seven
  }
  MinuteRetention::Outcome Apply() {
    auto outcome = retention_.Apply(pass(), 7, kGraceMs);
    EXPECT_TRUE(outcome.ok()) << outcome.error().message;
    return outcome.ok() ? std::move(outcome).value() : MinuteRetention::Outcome();
  }
  static int64_t Floor() {
    const auto floors = ReadTierFloors(store());
    EXPECT_TRUE(floors.ok());
    return floors.ok() && floors->contains(Tier::kMinute) ? floors->at(Tier::kMinute) - kBaseS : -1;
  }

  MinuteRetention retention_;
};

TEST_F(MinuteRetentionTest, OldHoursGoOnceTheirRollupsHoldThem) {
  for (int64_t hour = 0; hour < 60; hour += 5) Deliver(hour * kHourS, 60, {});
  Roll(100 * kHourS);
  EXPECT_EQ(0u, Apply().dropped);
  EXPECT_EQ(48 * kHourS, Floor());
  EXPECT_EQ(12u, MinutePartitions(store())->size()) << "readers that planned before may read on";
  clock_.Advance(kGraceMs);
  EXPECT_EQ(10u, Apply().dropped);
  EXPECT_EQ((std::vector<int64_t>{kBaseS + 50 * kHourS, kBaseS + 55 * kHourS}),
            MinutePartitions(store()).value());
  EXPECT_EQ(10u, Number("(SELECT sum(impressions) FROM adtally.hour WHERE hour < " +
                        Time(48 * kHourS) + ")"));
}

TEST_F(MinuteRetentionTest, HoursThatAreNotFinalStay) {
  for (int64_t hour = 0; hour < 48; ++hour) Deliver(hour * kHourS, 60, {});
  Roll(40 * kHourS);  // the log has stood still since then
  EXPECT_TRUE(Apply().problems.empty());
  EXPECT_EQ(9 * kHourS, Floor());
}

TEST_F(MinuteRetentionTest, HoursThatAreNotRolledUpStay) {
  Deliver(0, 60, {});
  EXPECT_EQ(0u, Apply().dropped);
  EXPECT_EQ(-1, Floor());
}

TEST_F(MinuteRetentionTest, HoursWhoseRollupHasOtherSumsStayAndAreNamed) {
  Deliver(0, 60, {.impressions = 5});
  Deliver(30 * kHourS, 60, {.impressions = 6});
  Roll(100 * kHourS);
  const Generation generation = Day(20261201).Find(6)->generation;
  ChdbTestStore::Run(
      "INSERT INTO adtally.hour (hour, hour_minutes, generation, advertiser_id, "
      "impressions) VALUES (" +
      Time(30 * kHourS) + ", 60, " + std::to_string(generation) + ", 1, 1)");
  const MinuteRetention::Outcome outcome = Apply();
  ASSERT_EQ(1u, outcome.problems.size());
  EXPECT_NE(std::string::npos, outcome.problems[0].find("2026-12-01T00:00:00Z"))
      << outcome.problems[0];
  EXPECT_EQ(24 * kHourS, Floor());
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Apply().dropped);
  EXPECT_EQ(1u, MinutePartitions(store())->size());
}

// Two processes that published at the same moment, say.
TEST_F(MinuteRetentionTest, AnHourWhoseRollupIsLostIsRolledUpAgain) {
  Deliver(0, 60, {.impressions = 5});
  Roll(100 * kHourS);
  Apply();
  EXPECT_EQ(48 * kHourS, Floor());
  TierPartition day = Day(20261130);
  day.Clear(0);
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, day, 1).value());
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Apply().problems.size());
  EXPECT_EQ(1u, MinutePartitions(store())->size());
  EXPECT_EQ(1u, Roll(100 * kHourS).hours);
  ExpectHoursHoldMinutes();
  Apply();
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Apply().dropped);
}

TEST_F(MinuteRetentionTest, WhatIsArchivedMayGo) {
  Deliver(0, 60, {.impressions = 5});
  Roll(100 * kHourS);
  TierPartition month{.partition = 202611};
  month.Set({.slot = 30, .generation = 1});
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kArchive, month, 1).value());
  const TierPartition day = Day(20261130);
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour,
                                {.partition = day.partition, .version = day.version}, 1)
                  .value());
  EXPECT_EQ(0u, Roll(100 * kHourS).hours) << "it is not rolled up again";
  EXPECT_TRUE(Apply().problems.empty());
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Apply().dropped);
}

// A delivery of what was delivered long before.
TEST_F(MinuteRetentionTest, RowsThatComeBackBelowTheFloorAreDropped) {
  Deliver(0, 60, {.impressions = 5});
  Roll(100 * kHourS);
  Apply();
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Apply().dropped);
  Deliver(0, 60, {.impressions = 5});
  EXPECT_EQ(0u, Roll(100 * kHourS).hours);
  EXPECT_EQ(0u, Apply().dropped);
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Apply().dropped);
}

using DayRetentionTest = MaintenanceTest;

TEST_F(DayRetentionTest, MonthsGoWhenTheirLastDayIsTooOld) {
  Deliver(0, 60, {.impressions = 5});
  Roll(3 * kDayS);
  ASSERT_TRUE(RollUpDays(pass()).ok());
  ASSERT_EQ(30u, Status(Tier::kDay)[202611].slots.size());
  clock_.Set((kBaseS + kDayS + 100 * kDayS + kDayS / 2 - 1) * 1000);
  EXPECT_EQ(0u, RetireDays(pass(), 100).value());
  clock_.Advance(1000);
  EXPECT_EQ(1u, RetireDays(pass(), 100).value());
  EXPECT_TRUE(Status(Tier::kDay)[202611].slots.empty());
  EXPECT_EQ(kBaseS + kDayS, ReadTierFloors(store())->at(Tier::kDay));
  EXPECT_EQ(0u, RetireDays(pass(), 100).value());
  const auto again = RollUpDays(pass());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(0u, again->days) << "they are not rolled up again";
}

}  // namespace
}  // namespace adtally
