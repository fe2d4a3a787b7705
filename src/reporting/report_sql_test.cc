#include "reporting/report_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "http/message.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::Not;

const TimeZones kZones({"UTC", "Europe/Berlin"});
constexpr TimeRange kRange{1000 * 60, 2000 * 60, {}, {}};

ReportRequest Parse(std::string_view more) {
  auto request = ParseReportRequest("from=2026-11-01&to=2026-11-02" + std::string(more), kZones);
  EXPECT_TRUE(request.ok()) << request.error().message;
  return std::move(request).value();
}

std::string ParamOf(const Statement& statement, std::string_view name) {
  const auto param = std::find_if(statement.params.begin(), statement.params.end(),
                                  [&](const SqlParam& p) { return p.name == name; });
  return param == statement.params.end() ? "absent" : param->value;
}

TEST(ReportSql, IsOneTypedStatement) {
  const Statement statement = BuildReportStatement(
      Parse("&granularity=day&time_zone=Europe/Berlin&group_by=device&campaign_id=7,8"
            "&country=US,unknown&metrics=clicks&order_by=-clicks"),
      kRange, 5, {.with_totals = true, .typed_time = false, .limit = 10});
  EXPECT_EQ(
      statement.sql,
      "SELECT replaceRegexpOne(formatDateTime(bucket, '%Y-%m-%dT%H:%i:%S%z', {time_zone:String}), "
      "'(..)$', ':\\\\1') AS time, toString(device) AS device, sum_clicks AS clicks FROM (SELECT "
      "toStartOfDay(minute, {time_zone:String}) AS bucket, device, sum(clicks) AS sum_clicks, "
      "grouping(bucket) AS is_total FROM adtally.minute WHERE minute >= toDateTime({from:UInt32}, "
      "'UTC') AND minute < toDateTime({to:UInt32}, 'UTC') AND advertiser_id != 0 AND "
      "advertiser_id = {own_advertiser_id:UInt32} AND campaign_id IN {campaign_id:Array(UInt32)} "
      "AND country IN {country:Array(String)} GROUP BY GROUPING SETS ((bucket, device), ())) ORDER "
      "BY is_total DESC, clicks DESC, bucket, device LIMIT {limit:UInt32} SETTINGS "
      "output_format_decimal_trailing_zeros = 1, format_csv_null_representation = '', "
      "max_execution_time = 60");
  EXPECT_EQ(ParamOf(statement, "from"), "60000");
  EXPECT_EQ(ParamOf(statement, "to"), "120000");
  EXPECT_EQ(ParamOf(statement, "own_advertiser_id"), "5");
  EXPECT_EQ(ParamOf(statement, "campaign_id"), "[7,8]");
  EXPECT_EQ(ParamOf(statement, "country"), "['US','']");
  EXPECT_EQ(ParamOf(statement, "limit"), "11");
  EXPECT_EQ(ParamOf(statement, "time_zone"), "Europe/Berlin");
}

TEST(ReportSql, SumsOnceWithoutGroups) {
  const Statement statement = BuildReportStatement(
      Parse(""), kRange, std::nullopt, {.with_totals = true, .typed_time = false, .limit = 10});
  EXPECT_THAT(statement.sql, Not(HasSubstr("GROUP BY")));
  EXPECT_THAT(statement.sql, Not(HasSubstr("ORDER BY")));
  EXPECT_THAT(statement.sql, Not(HasSubstr("own_advertiser_id")));
  EXPECT_EQ(ParamOf(statement, "limit"), "10");
  EXPECT_EQ(ParamOf(statement, "time_zone"), "absent");
}

TEST(ReportSql, EveryStatementKeepsToTheScopeAndSkipsReceipts) {
  const ReportRequest request = Parse("&granularity=hour&group_by=region&advertiser_id=5");
  for (const Statement& statement :
       {BuildReportStatement(request, kRange, 5, {}), BuildReportCount(request, kRange, 5, 10)}) {
    EXPECT_THAT(statement.sql, HasSubstr("AND advertiser_id = {own_advertiser_id:UInt32}"));
    EXPECT_THAT(statement.sql, HasSubstr("AND advertiser_id != 0"));
    EXPECT_EQ(ParamOf(statement, "own_advertiser_id"), "5");
  }
}

// Hostile text in any parameter is refused or bound: the statement's text never holds it.
TEST(ReportSql, NeverHoldsTextOfTheUser) {
  constexpr std::string_view kMark = "xyzzy";
  const std::string hostile[] = {"xyzzy",
                                 "'xyzzy",
                                 "1) OR 1=1 -- xyzzy",
                                 "7,xyzzy",
                                 "US','xyzzy",
                                 "clicks,xyzzy",
                                 "-xyzzy",
                                 "UTC'); DROP TABLE adtally.minute; --xyzzy",
                                 "{xyzzy:String}",
                                 "\\'xyzzy",
                                 "2026-11-01' xyzzy",
                                 std::string("\0xyzzy", 6),
                                 "Europe/Berlin\nxyzzy",
                                 "campaign`xyzzy"};
  const std::string_view names[] = {
      "from",        "to",          "granularity", "time_zone", "group_by", "advertiser_id",
      "campaign_id", "ad_group_id", "creative_id", "device",    "country",  "region",
      "metrics",     "order_by",    "limit",       "format",    "xyzzy"};
  for (const std::string_view name : names) {
    for (const std::string& value : hostile) {
      std::string query = std::string(name) + '=' + http::UrlEncode(value);
      if (name != "from") query += "&from=2026-11-01";
      if (name != "to") query += "&to=2026-11-02";
      const auto request = ParseReportRequest(query, kZones);
      EXPECT_FALSE(request.ok()) << query;
      if (!request.ok()) continue;
      EXPECT_THAT(BuildReportStatement(*request, kRange, 5, {}).sql, Not(HasSubstr(kMark)));
    }
  }
}

TEST(ReportSql, BindsAZoneEvenWhenItsNameIsHostile) {
  const TimeZones zones({"'; DROP TABLE x; --"});
  const auto request =
      ParseReportRequest("from=2026-11-01&to=2026-11-02&granularity=hour&time_zone=" +
                             http::UrlEncode("'; DROP TABLE x; --"),
                         zones);
  ASSERT_TRUE(request.ok());
  const Statement statement = BuildReportStatement(*request, kRange, std::nullopt, {});
  EXPECT_THAT(statement.sql, Not(HasSubstr("DROP")));
  EXPECT_EQ(ParamOf(statement, "time_zone"), "'; DROP TABLE x; --");
}

}  // namespace
}  // namespace adtally
