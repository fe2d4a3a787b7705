#include "maintenance/rollup_reach.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "maintenance/maintenance_test_support.h"
#include "maintenance/reach_retention.h"
#include "maintenance/reach_rows.h"
#include "tiers/reach_sketch.h"

namespace adtally {
namespace {

class RollupReach : public MaintenanceTest {
 protected:
  void SetUp() override {
    MaintenanceTest::SetUp();
    for (const auto* table : {"reach_quarter", "reach"}) ChdbTestStore::Clear(table);
  }

  // An impression a quarter of an hour for `hours` hours, of users who come back.
  static void DeliverQuarters(uint32_t advertiser, int64_t from, int64_t hours) {
    const std::string begin = std::to_string(kBaseS + from);
    const std::string id = std::to_string(advertiser);
    const std::string quarters = " FROM numbers(" + std::to_string(hours * 4) + ")";
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, impressions) "
        "SELECT toDateTime(" +
        begin + " + number * 900, 'UTC'), " + id + ", 1, 1, 1" + quarters);
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, ad_group_id, creative_id) "
        "SELECT toDateTime(" +
        begin + " + number * 3600, 'UTC'), 0, " + id +
        ", 9, number FROM "
        "numbers(" +
        std::to_string(hours) + ")");
    ChdbTestStore::Run(
        "INSERT INTO adtally.reach_quarter (quarter, advertiser_id, campaign_id, user_hashes) "
        "SELECT toDateTime(" +
        begin + " + number * 900, 'UTC'), " + id +
        ", number % 2, "
        "[cityHash64(number % 37), cityHash64(number)]" +
        quarters);
  }

  DayRollup RollReach() {
    auto done = RollUpReach(pass());
    EXPECT_TRUE(done.ok()) << done.error().message;
    if (!done.ok()) return {};
    EXPECT_EQ(std::vector<std::string>(), done->problems);
    return std::move(done).value();
  }
  // Everything appended until then is delivered.
  DayRollup RollAll(int64_t complete_to) {
    Roll(complete_to);
    EXPECT_TRUE(RollUpDays(pass()).ok());
    return RollReach();
  }

  static std::string PublishedRows() {
    std::string rows;
    for (const auto& [month, status] : Status(Tier::kReach)) {
      for (const TierSlot& slot : status.slots) {
        rows += (rows.empty() ? "(" : " OR (") +
                ReachRows(slot.generation, {month, slot.slot})
                    .substr(std::string("adtally.reach WHERE ").size()) +
                ")";
      }
    }
    return rows.empty() ? "0" : rows;
  }
  static std::string PublishedReach(uint32_t advertiser, const std::string& zone) {
    return Ask("day, campaign_id, " + std::string(kCountReach) +
               "(users) FROM adtally.reach WHERE (" + PublishedRows() +
               ") AND advertiser_id = " + std::to_string(advertiser) + " AND time_zone = '" + zone +
               "' GROUP BY ALL ORDER BY ALL");
  }
  static std::string ReachOfQuarters(uint32_t advertiser, const std::string& zone,
                                     const std::string& from, const std::string& to) {
    return Ask(
        "toDate(quarter, '" + zone + "') AS day, campaign_id, " + std::string(kCountReach) +
        "(users) FROM adtally.reach_quarter WHERE advertiser_id = " + std::to_string(advertiser) +
        " AND day >= '" + from + "' AND day <= '" + to + "' GROUP BY ALL ORDER BY ALL");
  }
  static int64_t Floor() {
    const auto floors = ReadTierFloors(store());
    EXPECT_TRUE(floors.ok());
    return floors.ok() && floors->contains(Tier::kReach) ? floors->at(Tier::kReach) - kBaseS : -1;
  }
};

TEST_F(RollupReach, DaysAreThoseOfEachAdvertisersZone) {
  SetZone(1, "Europe/Berlin");
  SetZone(2, "Asia/Kathmandu");
  for (const uint32_t advertiser : {1, 2, 3}) DeliverQuarters(advertiser, 0, 4 * 24);
  RollAll(kDayS);
  EXPECT_EQ("", PublishedReach(3, "UTC")) << "nothing is final";
  EXPECT_LT(0u, RollAll(9 * kDayS).days);
  for (const auto& [advertiser, zone] :
       std::map<uint32_t, std::string>{{1, "Europe/Berlin"}, {2, "Asia/Kathmandu"}, {3, "UTC"}}) {
    EXPECT_EQ(ReachOfQuarters(advertiser, zone, "2026-11-29", "2026-12-05"),
              PublishedReach(advertiser, zone));
    EXPECT_NE("", PublishedReach(advertiser, zone));
  }
  EXPECT_EQ(0u, RollReach().days) << "all is done";
}

TEST_F(RollupReach, ARollupThatDoesNotHoldTheUsersIsNotPublished) {
  DeliverQuarters(1, 0, 24);
  Roll(9 * kDayS);
  ASSERT_TRUE(RollUpDays(pass()).ok());
  DroppingStore dropping(store(), "INSERT INTO adtally.reach (");
  auto done = RollUpReach({dropping, clock_, {}});
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_EQ(1u, done->problems.size());
  EXPECT_NE(std::string::npos, done->problems[0].find("2026-11-30")) << done->problems[0];
  EXPECT_EQ("", PublishedReach(1, "UTC"));
  EXPECT_EQ(1u, RollReach().days);
  EXPECT_EQ(ReachOfQuarters(1, "UTC", "2026-11-30", "2026-11-30"), PublishedReach(1, "UTC"));
}

TEST_F(RollupReach, OldQuartersGoOnceAllDaysOfThemAreRolledUp) {
  DeliverQuarters(1, 0, 3 * 24);
  clock_.Set((kBaseS + 9 * kDayS) * 1000);
  ReachRetention retention;
  EXPECT_EQ(0u, retention.Apply(pass(), 7, 1000).value());
  EXPECT_EQ(-1, Floor()) << "they are in no rollup";
  RollAll(9 * kDayS);
  const std::string days = PublishedReach(1, "UTC");
  EXPECT_EQ(0u, retention.Apply(pass(), 7, 1000).value());
  EXPECT_EQ(2 * kDayS, Floor());
  EXPECT_EQ(3u, QuarterPartitions(store())->size()) << "readers that planned before may read on";
  clock_.Advance(1000);
  EXPECT_EQ(2u, retention.Apply(pass(), 7, 1000).value());
  EXPECT_EQ(std::vector<uint32_t>{20261202}, QuarterPartitions(store()).value());

  // A delivery of what was delivered long before.
  DeliverQuarters(1, 0, 1);
  EXPECT_EQ(0u, RollReach().days);
  EXPECT_EQ(days, PublishedReach(1, "UTC"));
  EXPECT_EQ(0u, retention.Apply(pass(), 7, 1000).value());
  clock_.Advance(1000);
  EXPECT_EQ(1u, retention.Apply(pass(), 7, 1000).value());
}

TEST_F(RollupReach, ACompleteMonthIsOneGeneration) {
  SetZone(1, "Europe/Berlin");
  for (int64_t day = -29; day <= 2; ++day) DeliverQuarters(1, day * kDayS + 10 * kHourS, 1);
  EXPECT_EQ(1u, RollAll(9 * kDayS).compacted_months);
  const std::vector<TierSlot> november = Status(Tier::kReach)[202611].slots;
  ASSERT_EQ(30u, november.size());
  for (const TierSlot& slot : november) EXPECT_EQ(november[0].generation, slot.generation);
  EXPECT_EQ(ReachOfQuarters(1, "Europe/Berlin", "2026-11-01", "2026-12-05"),
            PublishedReach(1, "Europe/Berlin"));
  EXPECT_EQ(0u, RollReach().compacted_months) << "it is one already";
}

TEST_F(RollupReach, MonthsGoWithTheDays) {
  DeliverQuarters(1, 0, 24);
  RollAll(9 * kDayS);
  EXPECT_EQ(0u, RetireReach(pass()).value());
  ASSERT_TRUE(RaiseTierFloor(store(), Tier::kDay, kBaseS + kDayS).value());
  EXPECT_EQ(1u, RetireReach(pass()).value());
  EXPECT_TRUE(Status(Tier::kReach)[202611].slots.empty());
  EXPECT_FALSE(Status(Tier::kReach)[202612].slots.empty());
}

}  // namespace
}  // namespace adtally
