#include "maintenance/rollup_days.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "maintenance/day_rows.h"
#include "maintenance/maintenance_test_support.h"

namespace adtally {
namespace {

class RollupDays : public MaintenanceTest {
 protected:
  DayRollup RollDays() {
    auto done = RollUpDays(pass());
    EXPECT_TRUE(done.ok()) << done.error().message;
    if (!done.ok()) return {};
    EXPECT_EQ(std::vector<std::string>(), done->problems);
    return std::move(done).value();
  }

  // Rolls up all that is final when everything appended until `complete_to` is delivered.
  DayRollup RollAll(int64_t complete_to) {
    Roll(complete_to);
    return RollDays();
  }

  // One event a quarter of an hour for `hours` hours; its cost tells the quarters apart.
  static void DeliverQuarters(uint32_t advertiser, int64_t from, int64_t hours) {
    for (int64_t hour = from; hour < from + hours * kHourS; hour += kDayS) {
      const std::string begin = std::to_string(kBaseS + hour);
      const int64_t count = std::min<int64_t>(24, hours - (hour - from) / kHourS);
      // Every fifth row is the receipt of an hour.
      ChdbTestStore::Run(
          "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, "
          "impressions, spend_micros) SELECT toDateTime(" +
          begin +
          " + if(number % 5 = 4, intDiv(number, 5) * 3600, (number - intDiv(number, 5)) * " +
          "900), 'UTC'), if(number % 5 = 4, 0, " + std::to_string(advertiser) +
          "), if(number % 5 = 4, " + std::to_string(advertiser) +
          ", 1), 1, number % 5 != 4, if(number % 5 = 4, 0, cityHash64(" + begin +
          " + number) % 1000000) FROM numbers(" + std::to_string(count * 5) + ")");
    }
  }

  // What is published of the days, by advertiser: "2026-11-30\t96\tSPEND".
  static std::string PublishedDays(uint32_t advertiser, const std::string& zone) {
    std::string rows;
    for (const auto& [month, status] : Status(Tier::kDay)) {
      for (const TierSlot& slot : status.slots) {
        rows += (rows.empty() ? "(" : " OR (") +
                DayRows(slot.generation, {month, slot.slot})
                    .substr(std::string("adtally.day WHERE ").size()) +
                ")";
      }
    }
    return Ask("day, sum(impressions), sum(spend_micros) FROM adtally.day WHERE (" +
               (rows.empty() ? "0" : rows) + ") AND advertiser_id = " + std::to_string(advertiser) +
               " AND time_zone = '" + zone + "' GROUP BY day ORDER BY day");
  }
  // The same of the minutes.
  static std::string DaysOfMinutes(uint32_t advertiser, const std::string& zone,
                                   const std::string& from = "1970-01-01",
                                   const std::string& to = "2099-12-31") {
    return Ask("toDate(minute, '" + zone +
               "') AS day, sum(impressions), sum(spend_micros) FROM adtally.minute WHERE "
               "advertiser_id = " +
               std::to_string(advertiser) + " AND day >= '" + from + "' AND day <= '" + to +
               "' GROUP BY day ORDER BY day");
  }
  static std::string Accounts() {
    return Ask(
        "advertiser_id, time_zone, from_day FROM adtally.day_accounts FINAL ORDER BY "
        "advertiser_id");
  }
};

constexpr int64_t At(int64_t utc_s) {
  return utc_s - kBaseS;
}

TEST_F(RollupDays, ADayIsRolledUpOnceItsHoursAreFinal) {
  DeliverQuarters(1, 0, 24);
  EXPECT_EQ(29u, RollAll(54 * kHourS).days) << "the empty days before it in its month";
  EXPECT_EQ("", PublishedDays(1, "UTC"));
  EXPECT_EQ(1u, RollAll(54 * kHourS + 1).days);
  EXPECT_EQ(DaysOfMinutes(1, "UTC"), PublishedDays(1, "UTC"));
  EXPECT_EQ("1\tUTC\t1970-01-01\n", Accounts());
  EXPECT_EQ(0u, RollAll(54 * kHourS + 1).days);
}

struct ZonesCase {
  const char* when;
  int64_t from_s;  // of two days of traffic, seconds since the epoch
  std::vector<std::string> zones;
};

class RollupDaysInZones : public RollupDays, public testing::WithParamInterface<ZonesCase> {};

TEST_P(RollupDaysInZones, DaysAreThoseOfTheZone) {
  const ZonesCase& given = GetParam();
  uint32_t advertiser = 0;
  for (const std::string& zone : given.zones) {
    SetZone(++advertiser, zone);
    DeliverQuarters(advertiser, At(given.from_s), 48);
  }
  RollAll(At(given.from_s) + 6 * kDayS);
  advertiser = 0;
  for (const std::string& zone : given.zones) {
    ++advertiser;
    EXPECT_EQ(DaysOfMinutes(advertiser, zone), PublishedDays(advertiser, zone)) << zone;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Zones, RollupDaysInZones,
    testing::Values(
        ZonesCase{"ADayOf23Hours", 1'774'699'200, {"Europe/Berlin", "Asia/Kolkata"}},
        ZonesCase{"ADayHalfAnHourLonger", 1'775'260'800, {"Australia/Lord_Howe", "Asia/Kathmandu"}},
        ZonesCase{"ADayWithoutMidnight", 1'776'945'600, {"Africa/Cairo", "Pacific/Pago_Pago"}},
        ZonesCase{
            "ADayHalfAnHourShorter", 1'790'985'600, {"Australia/Lord_Howe", "Pacific/Kiritimati"}},
        ZonesCase{"ADayOf25Hours", 1'792'843'200, {"Europe/Berlin", "America/New_York"}},
        ZonesCase{"ADayOf25HoursInTheWest",
                  1'793'448'000,
                  {"America/New_York", "America/St_Johns", "UTC"}}),
    [](const auto& given) { return std::string(given.param.when); });

TEST_F(RollupDays, AnAdvertiserThatMovesHasDaysInItsNewZoneFromThenOn) {
  SetZone(1, "Europe/Berlin");
  DeliverQuarters(1, -kDayS, 5 * 24);
  RollAll(54 * kHourS + 1);
  EXPECT_EQ("1\tEurope/Berlin\t1970-01-01\n", Accounts());
  SetZone(1, "America/New_York");
  RollAll(4 * kDayS);
  EXPECT_EQ("1\tAmerica/New_York\t2026-12-01\n", Accounts());
  EXPECT_EQ(DaysOfMinutes(1, "America/New_York", "2026-12-01", "2026-12-01"),
            PublishedDays(1, "America/New_York"));
  // Back again: the days in between stay in the other zone.
  SetZone(1, "Europe/Berlin");
  RollAll(5 * kDayS);
  EXPECT_EQ("1\tEurope/Berlin\t2026-12-02\n", Accounts());
}

// Its hours were not kept by the quarter before.
TEST_F(RollupDays, AnAdvertiserThatMovesToAZoneOfHalfHoursHasDaysOnceItsHoursFit) {
  DeliverQuarters(1, -kDayS, 3 * 24);
  Roll(2 * kDayS - 6 * kHourS);
  SetZone(1, "Asia/Kolkata");
  DeliverQuarters(1, 2 * kDayS, 2 * 24);
  RollAll(6 * kDayS);
  // Hours until 2026-12-01T18:00Z are whole, so that of 2026-12-01 in Kolkata the first is cut.
  EXPECT_EQ("1\tAsia/Kolkata\t2026-12-02\n", Accounts());
  EXPECT_EQ(DaysOfMinutes(1, "Asia/Kolkata", "2026-12-02", "2026-12-03"),
            PublishedDays(1, "Asia/Kolkata"));
}

// Honolulu was not in use when 2026-11-29 was rolled up, so that its last hours are on 2026-11-30
// UTC.
TEST_F(RollupDays, ANewAdvertiserInAZoneThatIsNewHasNoDaysBefore) {
  DeliverQuarters(2, -kDayS, 48);
  SetZone(2, "Etc/UTC");
  Roll(30 * kHourS + 1);
  RollDays();
  EXPECT_EQ("2\tEtc/UTC\t1970-01-01\n", Accounts());
  SetZone(1, "Pacific/Honolulu");
  DeliverQuarters(1, 5 * kHourS, 24);
  RollAll(4 * kDayS);
  EXPECT_EQ("1\tPacific/Honolulu\t2026-11-30\n2\tEtc/UTC\t1970-01-01\n", Accounts());
  EXPECT_EQ(DaysOfMinutes(1, "Pacific/Honolulu", "2026-11-30"),
            PublishedDays(1, "Pacific/Honolulu"));
}

TEST_F(RollupDays, AMonthThatIsCompleteIsBroughtIntoOneGeneration) {
  SetZone(1, "Europe/Berlin");
  DeliverQuarters(1, -kDayS, 48);
  const DayRollup done = RollAll(4 * kDayS);
  EXPECT_EQ(1u, done.compacted_months);
  const TierPartition month = Status(Tier::kDay)[202611];
  ASSERT_EQ(30u, month.slots.size());
  for (const TierSlot& slot : month.slots) {
    EXPECT_EQ(month.slots[0].generation, slot.generation);
  }
  EXPECT_EQ(DaysOfMinutes(1, "Europe/Berlin"), PublishedDays(1, "Europe/Berlin"));
  EXPECT_EQ(0u, RollAll(4 * kDayS).compacted_months);
}

TEST_F(RollupDays, ARollupThatDoesNotHoldTheSumsIsNotPublished) {
  DeliverQuarters(1, 0, 24);
  Roll(54 * kHourS + 1);
  DroppingStore dropping(store(), "INSERT INTO adtally.day (");
  auto done = RollUpDays({dropping, clock_, {}});
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_EQ(1u, done->problems.size());
  EXPECT_NE(std::string::npos, done->problems[0].find("2026-11-30")) << done->problems[0];
  EXPECT_EQ("", PublishedDays(1, "UTC"));
  EXPECT_EQ(1u, RollDays().days);
  EXPECT_EQ(DaysOfMinutes(1, "UTC"), PublishedDays(1, "UTC"));
}

// Another process has read a newer catalog.
TEST_F(RollupDays, ADayIsNotPublishedInAZoneThatIsNoMoreTheAdvertisers) {
  DeliverQuarters(1, 0, 24);
  Roll(54 * kHourS + 1);
  ActingStore acting(store(), "INSERT INTO adtally.day (", [] {
    ChdbTestStore::Run(
        "INSERT INTO adtally.day_accounts VALUES (1, 'Europe/Berlin', '2026-12-01', "
        "18000000000000000000)");
  });
  auto done = RollUpDays({acting, clock_, {}});
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(1u, done->changed_meanwhile);
  EXPECT_EQ("", PublishedDays(1, "UTC"));
}

}  // namespace
}  // namespace adtally
