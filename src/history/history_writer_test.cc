#include "history/history_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "history/history_catalog.h"
#include "history/sums.h"
#include "store/chdb_test_support.h"
#include "store/row_binary_reader.h"
#include "testing/temporary_folder.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using testing::HasSubstr;

constexpr int64_t kUntil = 1'774'825'200;  // 2026-03-29T23:00:00Z, after a change of the clocks

TEST(SumsTest, NamesAreThoseOfTheTiersInTheirOrder) {
  EXPECT_EQ(MeasureColumnList(), kMeasureColumns);
}

class HistoryWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* table :
         {"minute", "hour", "day", "click_conversion", "tier_status", "tier_floor"}) {
      ChdbTestStore::Clear(table);
    }
    options.until_s = kUntil;
    options.days = 4;
    options.minute_days = 1;
    options.campaigns = 12;
    options.campaigns_per_advertiser = 1;  // so that every time zone has some
    options.scale = 0.0005;
  }

  static Store& store() { return ChdbTestStore::Get(); }

  static std::string Text(const std::string& sql) {
    const auto answer = store().Query(sql, {}, "TSV");
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? answer->substr(0, answer->find('\n')) : "";
  }

  Result<HistoryProgress> Write() {
    campaigns = MakeHistoryCampaigns(options);
    months = ReadMonthStarts(store(), options).value();
    truth.emplace(campaigns, months);
    return WriteHistory(store(), options, campaigns, SystemClock(), *truth, {});
  }

  // Of rows, as SumsText writes them.
  static std::string Sums(const std::string& rows) {
    return Text("SELECT concat(" + Columns() + ") FROM (SELECT " + SummedMeasures() + " FROM (" +
                rows + "))");
  }
  static std::string Columns() {
    std::string columns(kMeasureColumns);
    for (size_t at = 0; (at = columns.find(", ", at)) != std::string::npos; at += 7) {
      columns.replace(at, 2, ", ',', ");
    }
    return columns;
  }
  static std::string Measured(const std::string& table, const std::string& where) {
    return "SELECT " + std::string(kMeasureColumns) + " FROM adtally." + table + " WHERE " + where;
  }

  HistoryOptions options;
  std::vector<HistoryCampaign> campaigns;
  std::map<std::string_view, MonthStarts> months;
  std::optional<HistoryTruth> truth;
};

TEST_F(HistoryWriterTest, TheTiersAddUpToTheTruth) {
  const auto written = Write();
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->hours, written->hours_done);
  EXPECT_EQ(Text("SELECT count() FROM adtally.hour"), std::to_string(written->hour_rows));
  EXPECT_EQ(Text("SELECT count() FROM adtally.minute WHERE advertiser_id != 0"),
            std::to_string(written->minute_rows));
  EXPECT_GT(written->hour_rows, 500u);
  EXPECT_GT(written->minute_rows, 500u);
  const std::string all =
      Measured("hour", "1") + " UNION ALL " + Measured("minute", "advertiser_id != 0");
  EXPECT_EQ(SumsText(truth->Totals()), Sums(all));
  const Measures totals = truth->Totals();
  EXPECT_EQ(std::to_string(totals.conversions) + "\t" + std::to_string(totals.invalid_conversions) +
                "\t" + std::to_string(totals.conversion_value_micros),
            Text("SELECT sum(click_conversions), sum(invalid_click_conversions), "
                 "sum(click_conversion_value_micros) FROM adtally.click_conversion"));
  EXPECT_GT(totals.conversions, 0u);
  EXPECT_EQ("0\t0",
            Text("SELECT countIf(impressions = 0), countIf(spend_micros < impressions) FROM "
                 "adtally.hour WHERE hour_minutes = 60"));
}

TEST_F(HistoryWriterTest, EveryHourOfTheOlderDaysIsPublishedAndFinal) {
  ASSERT_TRUE(Write().ok());
  const auto statuses = ReadTierStatus(store(), Tier::kHour);
  ASSERT_TRUE(statuses.ok());
  ASSERT_EQ(3u, statuses->size());
  std::string published;
  for (const auto& [day, status] : *statuses) {
    ASSERT_EQ(24u, status.slots.size());
    for (const TierSlot& slot : status.slots) {
      EXPECT_TRUE(slot.final);
      EXPECT_NE(kEmptyHourMark, slot.mark);  // which says that there are no rows
      EXPECT_EQ(status.slots[0].generation, slot.generation);
    }
    published +=
        (published.empty() ? "'" : ", '") + PartitionId(day, status.slots[0].generation) + "'";
  }
  EXPECT_EQ(
      "0", Text("SELECT count() FROM adtally.hour WHERE _partition_id NOT IN (" + published + ")"));
  const auto floors = ReadTierFloors(store());
  ASSERT_TRUE(floors.ok());
  EXPECT_EQ(options.minute_from_s(), floors->at(Tier::kMinute));
  const auto minutes =
      Text("SELECT toUnixTimestamp(min(minute)) >= " + std::to_string(options.minute_from_s()) +
           " AND toUnixTimestamp(max(minute)) < " + std::to_string(options.until_s) +
           " FROM adtally.minute");
  EXPECT_EQ("1", minutes);
}

TEST_F(HistoryWriterTest, ZonesWithHalfHoursAreKeptInQuarters) {
  ASSERT_TRUE(Write().ok());
  EXPECT_EQ("[15]\t[60]", Text("SELECT groupUniqArrayIf(hour_minutes, advertiser_id IN (6)), "
                               "groupUniqArrayIf(hour_minutes, advertiser_id NOT IN (6)) "
                               "FROM adtally.hour"));
  EXPECT_EQ("Asia/Kolkata", ZoneOfAdvertiser(6).name);
  for (const HistoryZone& zone : HistoryZones()) {
    EXPECT_EQ(zone.by_quarter ? "1" : "0",
              Text("SELECT max(timeZoneOffset(toDateTime(86400 * number, '" +
                   std::string(zone.name) + "')) % 3600 != 0) FROM numbers(15000, 6000)"));
  }
}

// By hour or by minute: the same events.
TEST_F(HistoryWriterTest, TheSameOptionsMakeTheSameHistory) {
  ASSERT_TRUE(Write().ok());
  const Measures first = truth->Totals();
  const std::string hours = Text(
      "SELECT sum(cityHash64(*)) FROM (SELECT * EXCEPT generation FROM "
      "adtally.hour)");
  SetUp();
  ASSERT_TRUE(Write().ok());
  EXPECT_EQ(first, truth->Totals());
  EXPECT_EQ(hours, Text("SELECT sum(cityHash64(*)) FROM (SELECT * EXCEPT generation FROM "
                        "adtally.hour)"));
  SetUp();
  options.minute_days = 3;
  ASSERT_TRUE(Write().ok());
  EXPECT_EQ(first, truth->Totals());
  SetUp();
  options.seed = 2;
  ASSERT_TRUE(Write().ok());
  EXPECT_NE(first, truth->Totals());
}

TEST_F(HistoryWriterTest, TheTruthIsByMonthsOfTheAccountsTimeZone) {
  options.until_s += 3 * kSecondsPerDay;
  ASSERT_TRUE(Write().ok());
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/truth";
  ASSERT_TRUE(truth->Write(path, options).ok());
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_THAT(text, HasSubstr("\"totals\":[" + SumsText(truth->Totals()) + "]"));
  for (const HistoryCampaign& c : campaigns) {
    const std::string zone(c.zone->name);
    for (const std::string month : {"202603", "202604"}) {
      const auto where = [&](const std::string& column) {
        return "campaign_id = " + std::to_string(c.profile.id) + " AND toYYYYMM(" + column + ", '" +
               zone + "') = " + month;
      };
      const std::string rows =
          Measured("hour", where("hour")) + " UNION ALL " + Measured("minute", where("minute"));
      if (Text("SELECT count() FROM (" + rows + ")") == "0") continue;
      EXPECT_THAT(text, HasSubstr("[" + std::to_string(c.profile.advertiser_id) + "," +
                                  std::to_string(c.profile.id) + ",\"" + zone + "\"," + month +
                                  "," + Sums(rows) + "]"));
    }
  }
  EXPECT_FALSE(truth->Write("/no/such/folder/truth", options).ok());
}

TEST_F(HistoryWriterTest, OnlyAnEmptyStoreIsWrittenInto) {
  EXPECT_TRUE(CheckHoldsNoTraffic(store()).ok());
  ASSERT_TRUE(Write().ok());
  const auto refused = CheckHoldsNoTraffic(store());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("already holds traffic"));
}

}  // namespace
}  // namespace adtally
