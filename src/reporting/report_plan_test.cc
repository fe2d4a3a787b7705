#include "reporting/report_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "reporting/report_finality.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;
using Advertisers = ReportSegment::Advertisers;

constexpr int64_t kDayS = 86'400;
constexpr int64_t kHourS = 3600;
constexpr int64_t kNovember = 1'793'491'200;  // 2026-11-01T00:00:00Z
constexpr int64_t kFirstDay = kNovember / kDayS;

// Tiers from the first of November on. Days of the zone are those of UTC, moved by `offset_s`.
class PlanTest : public testing::Test {
 protected:
  // Makes the calendar of the range, and plans.
  Result<ReportPlan> Plan(int64_t from_s, int64_t to_s, Granularity granularity,
                          int32_t offset_s = 0) {
    tiers_.calendar.first_day = (from_s + offset_s) / kDayS;
    tiers_.calendar.starts_s.clear();
    for (int64_t day = tiers_.calendar.first_day; day * kDayS <= to_s + offset_s + kDayS; ++day) {
      tiers_.calendar.starts_s.push_back(day * kDayS - offset_s);
    }
    ReportRequest request;
    request.granularity = granularity;
    request.time_zone = offset_s == 0 ? "UTC" : "Asia/Kathmandu";
    return PlanReport(tiers_, request, {from_s, to_s, {}, {}});
  }

  void RollHours(int64_t from_s, int64_t to_s, Generation generation, bool final = true) {
    for (int64_t at = from_s; at < to_s; at += kHourS) {
      const uint32_t day = DayNumber(at);
      auto& status =
          published_->hours.try_emplace(day, TierPartition{.partition = day}).first->second;
      status.Set({static_cast<uint8_t>(at % kDayS / kHourS), generation, kEmptyHourMark, final});
    }
  }

  void RollDays(uint8_t first, uint8_t last, Generation generation) {
    auto& status =
        published_->days.try_emplace(202611, TierPartition{.partition = 202611}).first->second;
    for (uint8_t day = first; day <= last; ++day) status.Set({day, generation, 0, true});
  }

  static std::string Message(const Result<ReportPlan>& plan) {
    if (plan.ok()) return "planned";
    EXPECT_EQ(plan.error().code, ErrorCode::kInvalidArgument);
    return plan.error().message;
  }

  std::shared_ptr<PublishedTiers> published_ = std::make_shared<PublishedTiers>();
  ReportTiers tiers_{.published = published_};
};

TEST_F(PlanTest, WithoutRollupsEverythingIsInMinutes) {
  const auto plan = Plan(kNovember + 60, kNovember + 900 * kDayS, Granularity::kDay);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->segments.size(), 1u);
  EXPECT_EQ(plan->segments[0].tier, Tier::kMinute);
  EXPECT_THAT(plan->segments[0].spans,
              ElementsAre(TimeSpan{kNovember + 60, kNovember + 900 * kDayS}));
  EXPECT_THAT(plan->Tiers(), ElementsAre(Tier::kMinute));
}

TEST_F(PlanTest, OnlyWhatCannotChangeIsFinal) {
  const auto is_final = [&](int64_t from_s, int64_t to_s, Granularity granularity) {
    return IsFinal(Plan(from_s, to_s, granularity).value(), *published_);
  };
  EXPECT_FALSE(is_final(kNovember, kNovember + kDayS, Granularity::kHour));  // minutes
  EXPECT_FALSE(IsFinal(ReportPlan{}, *published_));
  RollHours(kNovember, kNovember + kDayS, 5);
  RollHours(kNovember + kDayS, kNovember + kDayS + 5 * kHourS, 6);
  RollHours(kNovember + kDayS + 5 * kHourS, kNovember + kDayS + 6 * kHourS, 6, false);
  EXPECT_TRUE(is_final(kNovember, kNovember + kDayS, Granularity::kHour));
  EXPECT_TRUE(is_final(kNovember, kNovember + kDayS + 5 * kHourS, Granularity::kTotal));
  // The hour is rolled up, and something may still come into it; the next one is not.
  EXPECT_FALSE(is_final(kNovember, kNovember + kDayS + 6 * kHourS, Granularity::kTotal));
  EXPECT_FALSE(is_final(kNovember, kNovember + kDayS + 7 * kHourS, Granularity::kTotal));
  // A bound inside an hour has its minutes read.
  EXPECT_FALSE(is_final(kNovember + 60, kNovember + kDayS, Granularity::kTotal));
  EXPECT_FALSE(is_final(kNovember, kNovember + kDayS, Granularity::kMinute));
}

TEST_F(PlanTest, HoursAreReadByWholeDaysWhereOneGenerationHoldsThem) {
  RollHours(kNovember, kNovember + kDayS, 5);
  RollHours(kNovember + kDayS, kNovember + kDayS + 2 * kHourS, 6);
  RollHours(kNovember + kDayS + kHourS, kNovember + kDayS + 2 * kHourS, 7);  // once more
  const auto plan = Plan(kNovember, kNovember + 2 * kDayS, Granularity::kHour);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->segments.size(), 2u);
  EXPECT_THAT(plan->segments[0].spans,
              ElementsAre(TimeSpan{kNovember + 26 * kHourS, kNovember + 2 * kDayS}));
  const RolledRows& rolled = plan->segments[1].rolled;
  EXPECT_EQ(rolled.first, kNovember);
  EXPECT_EQ(rolled.last, kNovember + 25 * kHourS);
  EXPECT_THAT(rolled.whole, ElementsAre("20261101-5"));
  EXPECT_THAT(rolled.partial, ElementsAre("20261102-6", "20261102-7"));
  EXPECT_THAT(rolled.slots,
              ElementsAre(Pair(kNovember + 24 * kHourS, 6u), Pair(kNovember + 25 * kHourS, 7u)));
  EXPECT_FALSE(plan->segments[1].may_straddle);
}

TEST_F(PlanTest, ADirtyHourIsReadFromMinutes) {
  RollHours(kNovember, kNovember + kDayS, 5, false);
  tiers_.marks[kNovember + 3 * kHourS] = 77;
  const auto plan = Plan(kNovember, kNovember + kDayS, Granularity::kTotal);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->segments.size(), 2u);
  EXPECT_THAT(plan->segments[0].spans,
              ElementsAre(TimeSpan{kNovember + 3 * kHourS, kNovember + 4 * kHourS}));
  EXPECT_EQ(plan->segments[1].rolled.slots.size(), 23u);
  EXPECT_THAT(plan->segments[1].rolled.whole, IsEmpty());

  // Once its minutes must not be read, what came into them later is not news.
  published_->floors[Tier::kMinute] = kNovember + kDayS;
  const auto later = Plan(kNovember, kNovember + kDayS, Granularity::kTotal);
  ASSERT_TRUE(later.ok());
  ASSERT_EQ(later->segments.size(), 1u);
  EXPECT_THAT(later->segments[0].rolled.whole, ElementsAre("20261101-5"));
}

TEST_F(PlanTest, HoursThatTheRangeCutsAreReadFromMinutes) {
  RollHours(kNovember, kNovember + kDayS, 5);
  const auto plan = Plan(kNovember + 30 * 60, kNovember + 3 * kHourS + 60, Granularity::kTotal);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->segments.size(), 2u);
  EXPECT_THAT(plan->segments[0].spans,
              ElementsAre(TimeSpan{kNovember + 30 * 60, kNovember + kHourS},
                          TimeSpan{kNovember + 3 * kHourS, kNovember + 3 * kHourS + 60}));
  EXPECT_EQ(plan->segments[1].rolled.first, kNovember + kHourS);
  EXPECT_EQ(plan->segments[1].rolled.last, kNovember + 2 * kHourS);
}

TEST_F(PlanTest, WhereMinutesAreGoneHoursThatAreCutMustBeInQuarters) {
  RollHours(kNovember, kNovember + kDayS, 5);
  published_->floors[Tier::kMinute] = kNovember + kDayS;
  const auto plan = Plan(kNovember + 15 * 60, kNovember + kDayS, Granularity::kTotal);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->segments.size(), 1u);
  EXPECT_TRUE(plan->segments[0].may_straddle);
  EXPECT_THAT(plan->segments[0].spans,
              ElementsAre(TimeSpan{kNovember + 15 * 60, kNovember + kDayS}));
  EXPECT_TRUE(Plan(kNovember + 900, kNovember + kDayS, Granularity::kDay, 20'700)
                  ->segments[0]
                  .may_straddle);

  EXPECT_EQ(Message(Plan(kNovember + 60, kNovember + kDayS, Granularity::kHour)),
            "from: 2026-11-01T00:01:00Z is inside an hour of UTC, and numbers by minute are kept "
            "from 2026-11-02T00:00:00Z on; before that give a whole hour");
  EXPECT_THAT(Message(Plan(kNovember, kNovember + 60, Granularity::kTotal)),
              StartsWith("to: 2026-11-01T00:01:00Z is inside an hour"));
  EXPECT_EQ(Message(Plan(kNovember, kNovember + 2 * kDayS, Granularity::kMinute)),
            "granularity: numbers by minute are kept from 2026-11-02T00:00:00Z on; the finest for "
            "this range is hour");
  EXPECT_TRUE(Plan(kNovember + kDayS, kNovember + 2 * kDayS, Granularity::kMinute).ok());
}

TEST_F(PlanTest, DaysAreReadOfWholeDaysInTheReportsZone) {
  RollDays(1, 30, 9);
  tiers_.accounts = {.in_zone = 3, .elsewhere = 0, .fewer = {}};
  const auto plan =
      Plan(kNovember - 5 * kHourS, kNovember + 30 * kDayS + kHourS, Granularity::kDay);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->segments.size(), 2u);
  EXPECT_THAT(plan->segments[0].spans,
              ElementsAre(TimeSpan{kNovember - 5 * kHourS, kNovember},
                          TimeSpan{kNovember + 30 * kDayS, kNovember + 30 * kDayS + kHourS}));
  const ReportSegment& days = plan->segments[1];
  EXPECT_EQ(days.tier, Tier::kDay);
  EXPECT_EQ(days.advertisers, Advertisers::kAll);
  EXPECT_THAT(days.rolled.whole, ElementsAre("202611-9"));
  EXPECT_EQ(days.rolled.first, kFirstDay);
  EXPECT_EQ(days.rolled.last, kFirstDay + 29);
  EXPECT_THAT(Plan(kNovember, kNovember + kDayS, Granularity::kHour)->Tiers(),
              ElementsAre(Tier::kMinute));
  tiers_.accounts.in_zone = 0;
  EXPECT_THAT(Plan(kNovember, kNovember + kDayS, Granularity::kDay)->Tiers(),
              ElementsAre(Tier::kMinute));
}

TEST_F(PlanTest, APartOfAMonthInOneGenerationIsReadAsAWhole) {
  RollDays(1, 30, 9);
  tiers_.accounts.in_zone = 1;
  const auto plan = Plan(kNovember + kDayS, kNovember + 4 * kDayS, Granularity::kDay);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->segments.size(), 1u);
  EXPECT_THAT(plan->segments[0].rolled.whole, ElementsAre("202611-9"));
  EXPECT_EQ(plan->segments[0].rolled.first, kFirstDay + 1);
  EXPECT_EQ(plan->segments[0].rolled.last, kFirstDay + 3);
  RollDays(3, 3, 10);
  EXPECT_THAT(
      Plan(kNovember + kDayS, kNovember + 4 * kDayS, Granularity::kDay)->segments[0].rolled.slots,
      ElementsAre(Pair(kFirstDay + 1, 9u), Pair(kFirstDay + 2, 10u), Pair(kFirstDay + 3, 9u)));
}

TEST_F(PlanTest, AdvertisersOfOtherZonesAreReadByTheHour) {
  RollDays(1, 2, 9);
  RollHours(kNovember, kNovember + 2 * kDayS, 5);
  tiers_.accounts = {.in_zone = 1, .elsewhere = 1, .fewer = {7}};
  const auto plan = Plan(kNovember, kNovember + 2 * kDayS, Granularity::kTotal);
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->listed, ElementsAre(7));
  ASSERT_EQ(plan->segments.size(), 2u);
  EXPECT_EQ(plan->segments[0].tier, Tier::kHour);
  EXPECT_EQ(plan->segments[0].advertisers, Advertisers::kUnlisted);
  EXPECT_EQ(plan->segments[1].tier, Tier::kDay);
  EXPECT_EQ(plan->segments[1].advertisers, Advertisers::kListed);
  tiers_.accounts = {.in_zone = 2, .elsewhere = 1, .fewer = {8}};
  const auto most = Plan(kNovember, kNovember + 2 * kDayS, Granularity::kTotal);
  EXPECT_EQ(most->segments[0].advertisers, Advertisers::kListed);
  EXPECT_EQ(most->segments[1].advertisers, Advertisers::kUnlisted);
}

TEST_F(PlanTest, TheArchiveIsReadOfDaysWithoutHours) {
  published_->floors[Tier::kMinute] = kNovember + 2 * kDayS;
  published_->hours[20261101] = {.partition = 20261101};  // it had some
  RollHours(kNovember + kDayS, kNovember + 2 * kDayS, 5);
  auto& archive = published_->archive[202611] = {.partition = 202611};
  archive.Set({.slot = 1, .generation = 3});
  archive.Set({.slot = 2, .generation = 3});
  const auto plan = Plan(kNovember, kNovember + 2 * kDayS, Granularity::kHour);
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->Tiers(), ElementsAre(Tier::kHour, Tier::kArchive));
  EXPECT_THAT(plan->archived, ElementsAre(Pair(202611u, 3u)));
  EXPECT_THAT(plan->segments[1].spans, ElementsAre(TimeSpan{kNovember, kNovember + kDayS}));
}

TEST_F(PlanTest, WhatIsGoneIsNotAnsweredAsNothing) {
  RollHours(kNovember, kNovember + kDayS, 5);
  published_->floors[Tier::kMinute] = kNovember + kDayS;
  // Before the first hour there never was anything.
  const auto nothing = Plan(kNovember - 9 * kDayS, kNovember, Granularity::kHour);
  ASSERT_TRUE(nothing.ok());
  EXPECT_THAT(nothing->segments, IsEmpty());

  published_->floors[Tier::kArchive] = kNovember - 3 * kDayS;
  EXPECT_TRUE(Plan(kNovember - 3 * kDayS, kNovember, Granularity::kHour).ok());
  EXPECT_EQ(Message(Plan(kNovember - 9 * kDayS, kNovember, Granularity::kHour)),
            "from: numbers by hour are kept from 2026-10-29T00:00:00Z on; the range begins before "
            "that, where only whole days in the advertisers' own time_zone can be asked for, with "
            "granularity day or total");
  published_->floors[Tier::kDay] = kNovember - 3 * kDayS;
  EXPECT_EQ(Message(Plan(kNovember - 9 * kDayS, kNovember, Granularity::kDay)),
            "from: numbers by hour are kept from 2026-10-29T00:00:00Z on, those by day from "
            "2026-10-29 on; the range begins before that");
}

}  // namespace
}  // namespace adtally
