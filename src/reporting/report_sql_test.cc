#include "reporting/report_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "http/message.h"
#include "reporting/comparison_sql.h"
#include "reporting/reach_sql.h"
#include "reporting/report_segments.h"
#include "tiers/archive_place.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::Not;

const TimeZones kZones({"UTC", "Europe/Berlin"});

// A plan with a segment of every tier.
ReportPlan AllTiers() {
  const RolledRows rolled{
      .first = 7, .last = 9, .step = 1, .whole = {"1-2"}, .partial = {"2-3"}, .slots = {{8, 3}}};
  ReportPlan plan;
  for (const Tier tier : {Tier::kMinute, Tier::kHour, Tier::kArchive, Tier::kDay}) {
    plan.segments.push_back({.tier = tier, .spans = {{60'000, 120'000}}, .rolled = rolled});
  }
  return plan;
}

Statement Source(const ReportRequest& request, Scope scope, const ReportPlan& plan = AllTiers()) {
  return BuildSource(plan, request, scope,
                     {"file({archive_path:String})", {{"archive_path", "x"}}});
}

Statement Build(const ReportRequest& request, Scope scope, const ReportSqlOptions& options = {},
                const ReportPlan& plan = AllTiers()) {
  return BuildReportStatement(request, Source(request, scope, plan), options);
}

size_t Count(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

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
  ReportPlan plan;
  plan.segments.push_back({.tier = Tier::kMinute, .spans = {{60'000, 120'000}}});
  const Statement statement =
      Build(Parse("&granularity=day&time_zone=Europe/Berlin&group_by=device&campaign_id=7,8"
                  "&country=US,unknown&metrics=clicks&order_by=-clicks"),
            5, {.with_totals = true, .typed_time = false, .limit = 10}, plan);
  EXPECT_EQ(
      statement.sql,
      "SELECT replaceRegexpOne(formatDateTime(bucket, '%Y-%m-%dT%H:%i:%S%z', {time_zone:String}), "
      "'(..)$', ':\\\\1') AS time, toString(device) AS device, sum_clicks AS clicks FROM (SELECT "
      "bucket, device, sum(clicks) AS sum_clicks, grouping(bucket) AS is_total FROM (SELECT "
      "toStartOfDay(minute, {time_zone:String}) AS bucket, device, clicks FROM adtally.minute "
      "WHERE "
      "(minute >= toDateTime({p0:UInt32}, 'UTC') AND minute < toDateTime({p1:UInt32}, 'UTC')) AND "
      "advertiser_id != 0 AND advertiser_id = {own_advertiser_id:UInt32} AND campaign_id IN "
      "{campaign_id:Array(UInt32)} AND country IN {country:Array(String)}) GROUP BY GROUPING SETS "
      "((bucket, device), ())) ORDER BY is_total DESC, clicks DESC, bucket, device LIMIT "
      "{limit:UInt64} SETTINGS output_format_decimal_trailing_zeros = 1, "
      "format_csv_null_representation = '', max_execution_time = 60, " +
          std::string(kArchiveSettings));
  EXPECT_EQ(ParamOf(statement, "p0"), "60000");
  EXPECT_EQ(ParamOf(statement, "p1"), "120000");
  EXPECT_EQ(ParamOf(statement, "own_advertiser_id"), "5");
  EXPECT_EQ(ParamOf(statement, "campaign_id"), "[7,8]");
  EXPECT_EQ(ParamOf(statement, "country"), "['US','']");
  EXPECT_EQ(ParamOf(statement, "limit"), "11");
  EXPECT_EQ(ParamOf(statement, "time_zone"), "Europe/Berlin");
}

TEST(ReportSql, SumsOnceWithoutGroups) {
  const Statement statement =
      Build(Parse(""), std::nullopt, {.with_totals = true, .typed_time = false, .limit = 10});
  EXPECT_THAT(statement.sql, Not(HasSubstr("GROUP BY")));
  EXPECT_THAT(statement.sql, Not(HasSubstr("ORDER BY")));
  EXPECT_THAT(statement.sql, Not(HasSubstr("own_advertiser_id")));
  EXPECT_EQ(ParamOf(statement, "limit"), "10");
  EXPECT_EQ(ParamOf(statement, "time_zone"), "absent");
}

TEST(ReportSql, EverySegmentKeepsToTheScopeAndSkipsReceipts) {
  const ReportRequest request = Parse("&granularity=hour&group_by=region&advertiser_id=5");
  const Statement source = Source(request, 5);
  for (const Statement& statement : {BuildReportStatement(request, source, {}),
                                     BuildReportStatement(request, source, {.streamed = true})}) {
    for (const std::string_view table : {"FROM adtally.minute", "FROM adtally.hour",
                                         "FROM adtally.day", "FROM file({archive_path:String})"}) {
      EXPECT_EQ(Count(statement.sql, table), 1u);
    }
    EXPECT_EQ(Count(statement.sql, "AND advertiser_id = {own_advertiser_id:UInt32}"), 4u);
    EXPECT_EQ(Count(statement.sql, "AND advertiser_id IN {advertiser_id:Array(UInt32)}"), 4u);
    EXPECT_EQ(Count(statement.sql, "AND advertiser_id != 0"), 4u);
    EXPECT_EQ(ParamOf(statement, "own_advertiser_id"), "5");
    EXPECT_EQ(ParamOf(statement, "archive_path"), "x");
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
      "from",          "to",          "granularity", "time_zone",   "group_by",
      "advertiser_id", "campaign_id", "ad_group_id", "creative_id", "device",
      "country",       "region",      "metrics",     "order_by",    "limit",
      "format",        "page_token",  "compare_to",  "xyzzy"};
  for (const std::string_view name : names) {
    for (const std::string& value : hostile) {
      std::string query = std::string(name) + '=' + http::UrlEncode(value);
      if (name != "from") query += "&from=2026-11-01";
      if (name != "to") query += "&to=2026-11-02";
      const auto request = ParseReportRequest(query, kZones);
      EXPECT_FALSE(request.ok()) << query;
      if (!request.ok()) continue;
      EXPECT_THAT(Build(*request, 5).sql, Not(HasSubstr(kMark)));
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
  const Statement statement = Build(*request, std::nullopt);
  EXPECT_THAT(statement.sql, Not(HasSubstr("DROP")));
  EXPECT_EQ(ParamOf(statement, "time_zone"), "'; DROP TABLE x; --");
}

Statement Compare(const ReportRequest& request, Scope scope) {
  const TimeRange range{172'800, 259'200, {}, {}};
  return CompareSources(request, range, {{86'400, 172'800, {}, {}}, true}, Source(request, scope),
                        Source(request, scope));
}

TEST(ReportSql, AComparisonIsOneStatementOverBothRanges) {
  const ReportRequest request = Parse(
      "&granularity=hour&group_by=device&metrics=cpc&compare_to=previous_period"
      "&order_by=-previous_cpc&time_zone=Europe/Berlin");
  const Statement statement =
      BuildReportStatement(request, Compare(request, 5), {.with_totals = true, .limit = 10});
  EXPECT_THAT(
      statement.sql,
      HasSubstr("sumIf(toInt128(spend_micros), NOT is_previous) AS sum_spend_micros, "
                "sumIf(clicks, NOT is_previous) AS sum_clicks, sumIf(toInt128(spend_micros), "
                "is_previous) AS previous_sum_spend_micros, sumIf(clicks, is_previous) AS "
                "previous_sum_clicks, grouping(bucket) AS is_total FROM (SELECT 0 AS is_previous, "
                "bucket, device, spend_micros, clicks FROM ("));
  EXPECT_THAT(statement.sql,
              HasSubstr(" UNION ALL SELECT 1 AS is_previous, toStartOfHour(addDays(bucket, "
                        "toDate(toDateTime({range_from:UInt32}, {time_zone:String})) - "
                        "toDate(toDateTime({compared_from:UInt32}, {time_zone:String})))) AS "
                        "bucket, device, spend_micros, clicks FROM ("));
  EXPECT_THAT(statement.sql,
              HasSubstr("ORDER BY is_total DESC, previous_cpc DESC, bucket, device"));
  EXPECT_EQ(ParamOf(statement, "range_from"), "172800");
  EXPECT_EQ(ParamOf(statement, "compared_from"), "86400");
}

TEST(ReportSql, BothRangesOfAComparisonKeepToTheScope) {
  const ReportRequest request =
      Parse("&granularity=day&campaign_id=7&compare_to=previous_year&time_zone=Europe/Berlin");
  const Statement source = Compare(request, 5);
  for (const Statement& statement : {BuildReportStatement(request, source, {}),
                                     BuildReportStatement(request, source, {.streamed = true})}) {
    for (const std::string prefix : {"", "previous_"}) {
      EXPECT_EQ(Count(statement.sql, "AND advertiser_id = {" + prefix + "own_advertiser_id:"), 4u);
      EXPECT_EQ(Count(statement.sql, "AND campaign_id IN {" + prefix + "campaign_id:"), 4u);
      EXPECT_EQ(ParamOf(statement, prefix + "own_advertiser_id"), "5");
      EXPECT_EQ(ParamOf(statement, prefix + "archive_path"), "x");
    }
    EXPECT_EQ(Count(statement.sql, "AND advertiser_id != 0"), 8u);
    std::set<std::string> names;
    for (const SqlParam& param : statement.params) {
      EXPECT_TRUE(names.insert(param.name).second) << param.name << " is given twice";
      EXPECT_THAT(statement.sql, HasSubstr("{" + param.name + ":"));
    }
  }
}

// Of the two ranges, the error says whose row it was.
TEST(ReportSql, RowsThatStraddleAreOfOneOfTheRanges) {
  const ReportRequest request = Parse("&compare_to=previous_period&metrics=clicks");
  ReportPlan plan;
  plan.segments.push_back({.tier = Tier::kHour, .spans = {{60, 120}}, .may_straddle = true});
  const Statement source = BuildSource(plan, request, std::nullopt, {});
  const Statement statement = CompareSources(request, {}, {}, source, source);
  EXPECT_EQ(Count(statement.sql, kStraddles), 1u);
  EXPECT_EQ(Count(statement.sql, kPreviousStraddles), 1u);
}

// What a key must not see is left out of the sketches as of the sums, by every segment.
TEST(ReportSql, ReachIsOfTheScopeAndTheFiltersToo) {
  ReportPlan plan;
  plan.segments.push_back({.tier = Tier::kMinute,
                           .advertisers = ReportSegment::Advertisers::kUnlisted,
                           .spans = {{900, 1800}}});
  plan.segments.push_back({.tier = Tier::kDay,
                           .advertisers = ReportSegment::Advertisers::kListed,
                           .rolled = {.first = 7, .last = 9, .step = 1, .whole = {"1-2"}}});
  plan.listed = {5};
  const ReportRequest request = Parse("&metrics=reach,clicks&campaign_id=7&group_by=campaign");
  const Statement joined =
      JoinReach(request, Source(request, 5), BuildReachSource(plan, request, 5));
  const Statement statement = BuildReportStatement(request, joined, {.with_totals = true});
  EXPECT_THAT(statement.sql, HasSubstr("FROM adtally.reach_quarter WHERE (quarter >="));
  EXPECT_THAT(statement.sql, HasSubstr("FROM adtally.reach WHERE _partition_id IN"));
  EXPECT_EQ(Count(statement.sql, "AND advertiser_id = {own_advertiser_id:UInt32}"), 6u);
  EXPECT_EQ(Count(statement.sql, "AND campaign_id IN {campaign_id:Array(UInt32)}"), 6u);
  EXPECT_EQ(Count(statement.sql, "IN {reach_listed:Array(UInt32)}"), 2u);
  EXPECT_EQ(ParamOf(statement, "own_advertiser_id"), "5");
  std::set<std::string> names;
  for (const SqlParam& param : statement.params) {
    EXPECT_TRUE(names.insert(param.name).second) << param.name << " is given twice";
  }
}

}  // namespace
}  // namespace adtally
