#include "maintenance/rollup_hours.h"

#include <gtest/gtest.h>

#include "maintenance/maintenance_test_support.h"

namespace adtally {
namespace {

using RollupHours = MaintenanceTest;

TEST_F(RollupHours, HoursThatAreOverAreRolledUpEmptyOnesToo) {
  Deliver(0, 60, {.advertiser = 7, .campaign = 1, .impressions = 5});
  Deliver(0, 120, {.advertiser = 7, .campaign = 1, .impressions = 6});
  Deliver(2 * kHourS, 60, {.advertiser = 8, .campaign = 2, .impressions = 7});
  const HourRollup done = Roll(3 * kHourS + 600);
  EXPECT_EQ(3u, done.hours);
  EXPECT_EQ(kBaseS + 3 * kHourS, done.rolled_to_s);
  ExpectHoursHoldMinutes();
  EXPECT_EQ("60\t11\n", Ask("hour_minutes, impressions FROM adtally.hour WHERE hour = " + Time(0)));

  const TierPartition day = Day(20261130);
  ASSERT_EQ(3u, day.slots.size());
  EXPECT_EQ(kEmptyHourMark, day.Find(1)->mark);
  EXPECT_NE(kEmptyHourMark, day.Find(2)->mark);
  EXPECT_FALSE(day.Find(0)->final);
  EXPECT_EQ(0u, Roll(3 * kHourS + 600).hours) << "nothing is new";
  EXPECT_EQ(day.version, Day(20261130).version);
}

TEST_F(RollupHours, AnHourIsLeftAloneUntilItsDelayIsOver) {
  Deliver(0, 60, {});
  EXPECT_EQ(0u, Roll(kHourS + 119).hours);
  EXPECT_EQ(1u, Roll(kHourS + 120).hours);
}

TEST_F(RollupHours, NothingIsRolledUpInAnEmptyStore) {
  const HourRollup done = Roll(100 * kHourS);
  EXPECT_EQ(0u, done.hours);
  EXPECT_FALSE(done.rolled_to_s.has_value());
  EXPECT_TRUE(Status(Tier::kHour).empty());
}

TEST_F(RollupHours, ALateEventMakesItsHourBeRolledUpAgain) {
  Deliver(0, 60, {.impressions = 5});
  Deliver(kHourS, 60, {.impressions = 6});
  Roll(3 * kHourS);
  const TierPartition before = Day(20261130);
  Deliver(kHourS, 120, {.impressions = 10});
  EXPECT_EQ(1u, Roll(3 * kHourS).hours);
  const TierPartition after = Day(20261130);
  EXPECT_EQ(before.Find(0)->generation, after.Find(0)->generation);
  EXPECT_NE(before.Find(1)->generation, after.Find(1)->generation);
  ExpectHoursHoldMinutes();
  EXPECT_EQ(16u, Number("(SELECT sum(impressions) FROM " +
                        HourRows(after.Find(1)->generation, kBaseS + kHourS) + ")"));
}

// An hour that was rolled up as empty, too.
TEST_F(RollupHours, ALateEventMayWaitUntilItsHourIsFinal) {
  RedoSchedule redo;
  const auto roll = [&](int64_t complete_to) {
    clock_.Set((kBaseS + complete_to) * 1000);
    const auto done = RollUpHours(pass(), (kBaseS + complete_to) * 1000, 120'000, &redo);
    EXPECT_TRUE(done.ok()) << done.error().message;
    return done.ok() ? done->hours : 0;
  };
  Deliver(0, 0, {});
  EXPECT_EQ(1u, roll(2 * kHourS - 1));
  Deliver(0, 0, {});
  EXPECT_EQ(0u, roll(2 * kHourS - 1)) << "it was rolled up just now";
  EXPECT_EQ(1u, Roll(2 * kHourS - 1).hours) << "without a schedule";
  Deliver(0, 0, {});
  EXPECT_LT(0u, roll(31 * kHourS + 1)) << "it is final";
  ExpectHoursHoldMinutes();
}

TEST_F(RollupHours, AnEmptyHourThatGetsAnEventIsRolledUpAgain) {
  Deliver(0, 60, {});
  Roll(3 * kHourS);
  Deliver(kHourS, 60, {.impressions = 9});
  EXPECT_EQ(1u, Roll(3 * kHourS).hours);
  ExpectHoursHoldMinutes();
}

TEST_F(RollupHours, AnHourIsFinalOnceNothingCanComeAnyMore) {
  Deliver(0, 60, {});
  Roll(31 * kHourS);
  EXPECT_FALSE(Day(20261130).Find(0)->final) << "an event may be appended at that very time";
  EXPECT_EQ(1u, Roll(31 * kHourS + 1).finals);
  EXPECT_TRUE(Day(20261130).Find(0)->final);
  EXPECT_FALSE(Day(20261130).Find(1)->final);
  EXPECT_EQ(0u, Roll(31 * kHourS + 1).finals);
}

TEST_F(RollupHours, AnHourThatChangedIsRolledUpOnceMoreBeforeItIsFinal) {
  Deliver(0, 60, {.impressions = 1});
  Roll(10 * kHourS);
  Deliver(0, 180, {.impressions = 2});
  const HourRollup done = Roll(40 * kHourS);
  EXPECT_TRUE(Day(20261130).Find(0)->final);
  EXPECT_EQ(31u, done.hours) << "the first again, and 9 to 38 for the first time";
  ExpectHoursHoldMinutes();
}

TEST_F(RollupHours, AFinalDayIsBroughtIntoOneGeneration) {
  for (int hour = 0; hour < 24; ++hour) {
    Deliver(hour * kHourS, 60, {.advertiser = 3, .impressions = static_cast<uint64_t>(hour) + 1});
    Roll((hour + 1) * kHourS + 600);
  }
  EXPECT_EQ(0u, Roll(53 * kHourS).compacted_days);
  EXPECT_EQ(1u, Roll(54 * kHourS + 1).compacted_days);
  const TierPartition day = Day(20261130);
  ASSERT_EQ(24u, day.slots.size());
  for (const TierSlot& slot : day.slots) {
    EXPECT_EQ(day.slots[0].generation, slot.generation);
    EXPECT_TRUE(slot.final);
  }
  ExpectHoursHoldMinutes();
  EXPECT_EQ(0u, Roll(54 * kHourS + 1).compacted_days);
}

// The log was away for weeks, or comes from another system.
TEST_F(RollupHours, ABacklogIsRolledUpDayByDay) {
  constexpr int64_t kWeekAgo = -7 * kDayS;
  for (int hour = 0; hour < 30; ++hour) Deliver(kWeekAgo + hour * kHourS, 60, {.campaign = 4});
  const HourRollup done = Roll(3720);
  EXPECT_EQ(7u * 24 + 1, done.hours);
  EXPECT_EQ(1u, done.compacted_days) << "the others had few enough hours with rows";
  const auto status = Status(Tier::kHour);
  EXPECT_EQ(8u, status.size()) << "every day, those without rows too";
  ExpectHoursHoldMinutes();
}

TEST_F(RollupHours, OlderHoursThatComeLaterAreRolledUpToo) {
  Deliver(0, 60, {});
  Roll(2 * kHourS);
  Deliver(-3 * kDayS + 5 * kHourS, 60, {.impressions = 4});
  Roll(2 * kHourS);
  EXPECT_EQ(4u, Status(Tier::kHour).size());
  EXPECT_EQ(24u, Day(20261127).slots.size());
  ExpectHoursHoldMinutes();
}

TEST_F(RollupHours, AdvertisersWhoseZoneBreaksHoursAreKeptByTheQuarter) {
  SetZone(1, "Asia/Kathmandu");
  SetZone(2, "Asia/Kolkata");
  SetZone(3, "Europe/Berlin");
  SetZone(5, "Nowhere/Land");
  for (uint32_t advertiser = 1; advertiser <= 5; ++advertiser) {
    for (int64_t minute = 0; minute < 60; minute += 5) {
      Deliver(0, minute * 60, {.advertiser = advertiser});
    }
  }
  Roll(2 * kHourS);
  ExpectHoursHoldMinutes();
  EXPECT_EQ("1\t15\t4\t3\n2\t15\t4\t3\n3\t60\t1\t12\n4\t60\t1\t12\n5\t60\t1\t12\n",
            Ask("advertiser_id, hour_minutes, uniqExact(hour), max(impressions) FROM adtally.hour "
                "GROUP BY "
                "advertiser_id, hour_minutes ORDER BY advertiser_id"));
}

// Lord Howe is at +10:30 until half past the hour, then at +11.
TEST_F(RollupHours, AZoneBreaksHoursOnlyWhileItIsNotWholeHoursFromUtc) {
  SetZone(1, "Australia/Lord_Howe");
  constexpr int64_t kSwitch = 1'791'039'600 - kBaseS;  // 2026-10-03T15:00:00Z
  for (const int64_t hour : {kSwitch - kHourS, kSwitch, kSwitch + kHourS}) {
    for (int64_t minute = 0; minute < 60; minute += 15) Deliver(hour, minute * 60, {});
  }
  Roll(kSwitch + 3 * kHourS);
  ExpectHoursHoldMinutes();
  EXPECT_EQ(
      "14\t15\t4\n15\t15\t4\n16\t60\t1\n",
      Ask("toHour(toStartOfHour(hour)) AS h, hour_minutes, count() FROM adtally.hour GROUP BY "
          "h, hour_minutes ORDER BY h"));
}

TEST_F(RollupHours, ARollupThatDoesNotHoldTheSumsIsNotPublished) {
  Deliver(0, 60, {.impressions = 5});
  DroppingStore dropping(store(), "INSERT INTO adtally.hour");
  auto done = RollUpHours({dropping, clock_, {}}, (kBaseS + 2 * kHourS) * 1000, 0);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(0u, done->hours);
  ASSERT_EQ(1u, done->problems.size());
  EXPECT_NE(std::string::npos, done->problems[0].find("2026-11-30")) << done->problems[0];
  EXPECT_TRUE(Status(Tier::kHour).empty());
  EXPECT_EQ(2u, Roll(2 * kHourS + 600).hours);
  ExpectHoursHoldMinutes();
}

TEST_F(RollupHours, ADeliveryInBetweenIsLeftToTheNextPass) {
  Deliver(0, 60, {.impressions = 5});
  ActingStore acting(store(), "INSERT INTO adtally.tier_status",
                     [this] { Deliver(0, 180, {.impressions = 6}); });
  auto done = RollUpHours({acting, clock_, {}}, (kBaseS + kHourS + 600) * 1000, 0);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(0u, done->hours);
  EXPECT_EQ(1u, done->changed_meanwhile);
  EXPECT_TRUE(done->problems.empty());
  EXPECT_EQ(1u, Roll(kHourS + 600).hours);
  ExpectHoursHoldMinutes();
}

// Two processes at a time: what one has published, the other does not take back.
TEST_F(RollupHours, AnotherProcessThatPublishesInBetweenWins) {
  Deliver(0, 60, {.impressions = 5});
  Deliver(kHourS, 60, {.impressions = 6});
  ActingStore acting(store(), "INSERT INTO adtally.tier_status", [this] { Roll(3 * kHourS); });
  auto done = RollUpHours({acting, clock_, {}}, (kBaseS + kHourS + 600) * 1000, 0);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(1u, done->changed_meanwhile);
  EXPECT_EQ(2u, Day(20261130).slots.size());
  ExpectHoursHoldMinutes();
}

TEST_F(RollupHours, AStopEndsItBetweenStatements) {
  for (int hour = 0; hour < 5; ++hour) Deliver(hour * kHourS, 60, {});
  std::stop_source stop;
  ActingStore acting(store(), "INSERT INTO adtally.hour", [&] { stop.request_stop(); });
  auto done = RollUpHours({acting, clock_, stop.get_token()}, (kBaseS + 6 * kHourS) * 1000, 0);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(1u, done->hours) << "what was done is published";
  ExpectHoursHoldMinutes();
}

}  // namespace
}  // namespace adtally
