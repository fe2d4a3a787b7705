// Conversions by the time of their click in reports of the real engine. Their numbers beside all
// others are compared with the oracle in report_store_test.cc.
#include "reporting/click_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "reporting/counted_from.h"
#include "reporting/migration_times_test_support.h"
#include "reporting/report.h"
#include "reporting/report_answer_test_support.h"
#include "store/chdb_test_support.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using testing::HasSubstr;

class ClickReport : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table : {"minute", "click_conversion", "reach_quarter", "reach", "tier_status",
                              "tier_floor", "day_accounts"}) {
      ChdbTestStore::Clear(table);
    }
    auto zones = TimeZones::Load(store());
    ASSERT_TRUE(zones.ok()) << zones.error().message;
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
  }
  void TearDown() override { PretendMigrated(kClickConversionsMigration, "now()", "now()"); }

  static Store& store() { return ChdbTestStore::Get(); }

  // A click on the one day, its conversion on the next.
  static void ClickAndConvert() {
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, clicks, "
        "conversions, spend_micros, conversion_value_micros) VALUES ('2040-10-28 10:00:00', 1, 10, "
        "1, 2, 0, 3000000, 0), ('2040-10-29 10:00:00', 1, 10, 1, 0, 1, 0, 9000000)");
    ChdbTestStore::Run(
        "INSERT INTO adtally.click_conversion (minute, advertiser_id, campaign_id, creative_id, "
        "device, click_conversions, invalid_click_conversions, click_conversion_value_micros, "
        "delivered_to) VALUES ('2040-10-28 10:00:00', 1, 10, 1, 'tv', 1, 4, 9000000, 0), "
        "('2040-10-28 10:00:00', 2, 20, 1, 'tv', 7, 0, 1000000, 0), "
        "('2040-10-01 00:00:00', 0, 3, 0, 'other', 0, 0, 0, 99)");
  }

  Result<std::string> Ask(const std::string& query, Scope scope = std::nullopt) {
    ADTALLY_ASSIGN(const ReportRequest request, ParseReportRequest(query, *zones_));
    TierCache tiers;  // which remembers when the schema was migrated
    return RunInItsFormat({store(), tiers}, request, scope, std::nullopt);
  }
  std::string Problem(const std::string& query) {
    const auto answer = Ask(query);
    return answer.ok() ? "none: " + *answer : answer.error().message;
  }

  std::unique_ptr<TimeZones> zones_;
};

TEST_F(ClickReport, StandsBesideConversionsByTheirOwnTime) {
  ClickAndConvert();
  const std::string query =
      "from=2040-10-28&to=2040-10-30&granularity=day&advertiser_id=1&metrics=conversions,"
      "conversions_by_click_time,conversion_value_by_click_time,cpa,cpa_by_click_time,cvr_by_click_"
      "time,roas_by_click_time,invalid_conversions_by_click_time";
  const auto answer = Ask(query);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(
      *answer,
      HasSubstr(R"("rows":[["2040-10-28T00:00:00Z",0,1,9.000000,null,3.000000,0.5,3.000000,4],)"
                R"(["2040-10-29T00:00:00Z",1,0,0.000000,0.000000,null,null,null,0]])"));
  EXPECT_THAT(*answer, HasSubstr(R"("tiers":["minute","click_conversion"])"));
  EXPECT_THAT(*answer, HasSubstr(R"("conversions_by_click_time":true)"));
  EXPECT_EQ(Ask(query + "&format=csv&group_by=device").value(),
            "\"time\",\"device\",\"conversions\",\"conversions_by_click_time\",\"conversion_value_"
            "by_click_time\",\"cpa\",\"cpa_by_click_time\",\"cvr_by_click_time\",\"roas_by_click_"
            "time\",\"invalid_conversions_by_click_time\"\n"
            "\"2040-10-28T00:00:00Z\",\"other\",0,0,0.000000,,,0,0.000000,0\n"
            "\"2040-10-28T00:00:00Z\",\"tv\",0,1,9.000000,,0.000000,,,4\n"
            "\"2040-10-29T00:00:00Z\",\"other\",1,0,0.000000,0.000000,,,,0\n");
  for (const std::string format : {"parquet", "arrow"}) {
    EXPECT_TRUE(Ask(query + "&format=" + format).ok()) << format;
  }
}

TEST_F(ClickReport, StandsAloneAndBesideReach) {
  ClickAndConvert();
  ChdbTestStore::Run(
      "INSERT INTO adtally.reach_quarter (quarter, advertiser_id, campaign_id, user_hashes) VALUES "
      "('2040-10-28 10:00:00', 1, 10, [5, 6])");
  const std::string range = "from=2040-10-28&to=2040-10-30&group_by=campaign&metrics=";
  const auto alone = Ask(range + "conversions_by_click_time");
  ASSERT_TRUE(alone.ok()) << alone.error().message;
  EXPECT_THAT(*alone,
              HasSubstr(R"("rows":[[10,1],[20,7]],"totals":{"conversions_by_click_time":8})"));
  EXPECT_THAT(*alone, HasSubstr(R"("tiers":["click_conversion"])"));
  const auto reach = Ask(range + "reach,conversions_by_click_time");
  ASSERT_TRUE(reach.ok()) << reach.error().message;
  EXPECT_THAT(*reach, HasSubstr(R"("rows":[[10,2,1],[20,0,7]])"));
  const auto all = Ask(range + "reach,conversions_by_click_time,clicks");
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_THAT(*all, HasSubstr(R"("rows":[[10,2,1,2],[20,0,7,0]])"));
  EXPECT_THAT(*all, HasSubstr(R"("tiers":["minute","reach","click_conversion"])"));
}

TEST_F(ClickReport, AnAdvertisersKeySeesItsOwnOnly) {
  ClickAndConvert();
  const auto own =
      Ask("from=2040-10-01&to=2040-10-30&group_by=advertiser&metrics=conversions_by_click_time", 2);
  ASSERT_TRUE(own.ok()) << own.error().message;
  EXPECT_THAT(*own, HasSubstr(R"("rows":[[2,7]],"totals":{"conversions_by_click_time":7})"));
}

TEST_F(ClickReport, WhatIsGoneIsRefused) {
  const std::string query = "to=2040-11-01&metrics=conversions_by_click_time&from=";
  ASSERT_TRUE(RaiseTierFloor(store(), Tier::kDay, 2'234'995'200).value());  // 2040-10-28
  EXPECT_THAT(Problem(query + "2040-10-27T23:59"),
              HasSubstr("from: conversions by click time are kept of clicks from "
                        "2040-10-28T00:00:00Z on; begin there or later, or leave the metrics"));
  EXPECT_TRUE(Ask(query + "2040-10-28").ok());
}

TEST_F(ClickReport, WhatWasCountedBeforeTheTableWasThereIsRefused) {
  const std::string query = "to=2031-01-01&metrics=conversions_by_click_time&from=";
  PretendMigrated(kClickConversionsMigration, "'2030-01-01 00:00:00'", "'2030-03-05 10:20:30'");
  EXPECT_THAT(Problem(query + "2030-03-05T11:59"),
              HasSubstr("of clicks from 2030-03-05T12:00:00Z"));
  EXPECT_TRUE(Ask(query + "2030-03-05T12:00").ok());
  EXPECT_TRUE(Ask("from=2030-03-01&to=2031-01-01&metrics=conversions").ok());
  PretendMigrated(kClickConversionsMigration, "'2030-03-05 10:20:20'", "'2030-03-05 10:20:30'");
  EXPECT_TRUE(Ask(query + "2030-03-01").ok()) << "a new store";
}

}  // namespace
}  // namespace adtally
