#include "reporting/report_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/parameters.h"

namespace adtally {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const TimeZones kZones({"UTC", "Europe/Berlin"});
constexpr std::string_view kRange = "from=2026-11-01&to=2026-11-02";

Result<ReportRequest> Parse(std::string_view more) {
  return ParseReportRequest(std::string(kRange) + std::string(more), kZones);
}

std::string ErrorOf(const Result<ReportRequest>& request) {
  if (request.ok()) return "no error";
  EXPECT_EQ(request.error().code, ErrorCode::kInvalidArgument);
  return request.error().message;
}

TEST(ParseReportRequest, HasDefaults) {
  const auto request = Parse("");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->granularity, Granularity::kTotal);
  EXPECT_EQ(request->format, ReportFormat::kJson);
  EXPECT_EQ(request->time_zone, "UTC");
  EXPECT_EQ(request->limit, std::nullopt);
  EXPECT_THAT(request->ColumnNames(),
              ElementsAre("impressions", "clicks", "ctr", "spend", "conversions"));
}

TEST(ParseReportRequest, ReadsEverything) {
  const auto request = Parse(
      "&granularity=hour&time_zone=Europe%2FBerlin&group_by=device,campaign&campaign_id=7,8"
      "&country=US,unknown&region=CA&device=tv&metrics=cpm,reach_");
  EXPECT_THAT(ErrorOf(request), StartsWith("metrics: expected a list of impressions, clicks"));
  const auto good = Parse(
      "&granularity=hour&time_zone=Europe%2FBerlin&group_by=device,campaign&campaign_id=007,8"
      "&country=US,unknown&metrics=cpm,clicks&order_by=-clicks,time&limit=5&format=csv");
  ASSERT_TRUE(good.ok()) << good.error().message;
  EXPECT_THAT(good->ColumnNames(), ElementsAre("time", "device", "campaign_id", "cpm", "clicks"));
  ASSERT_EQ(good->filters.size(), 2u);
  EXPECT_THAT(good->filters[0].values, ElementsAre("7", "8"));
  EXPECT_THAT(good->filters[1].values, ElementsAre("US", ""));
  ASSERT_EQ(good->order.size(), 2u);
  EXPECT_TRUE(good->order[0].descending);
  EXPECT_EQ(good->limit, 5u);
  EXPECT_EQ(good->format, ReportFormat::kCsv);
}

TEST(ParseReportRequest, AComparisonHasTheMetricsTwice) {
  const auto request = Parse(
      "&granularity=day&group_by=device&metrics=clicks,cpc&compare_to=previous_year"
      "&order_by=-previous_cpc,clicks");
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->compare_to, CompareTo::kPreviousYear);
  EXPECT_THAT(request->ColumnNames(),
              ElementsAre("time", "device", "clicks", "cpc", "previous_clicks", "previous_cpc"));
  EXPECT_EQ(request->order[0].column, "previous_cpc");
  EXPECT_EQ(Parse("&compare_to=previous_period")->compare_to, CompareTo::kPreviousPeriod);
  EXPECT_EQ(Parse("")->compare_to, CompareTo::kNothing);
}

TEST(ParseReportRequest, NamesWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"&from=2026-11-01", "from: given twice"},
      {"&colour=red", "unknown parameter \"colour\": expected from, to, granularity"},
      {"&granularity=week", "granularity: expected minute, hour, day or total, got \"week\""},
      {"&time_zone=Mars/Olympus", "time_zone: expected an IANA name"},
      {"&time_zone=", "time_zone: expected an IANA name"},
      {"&group_by=planet", "group_by: expected a list of advertiser, campaign"},
      {"&group_by=", "group_by: expected a list of advertiser, campaign"},
      {"&group_by=device,device", "group_by: expected each name once"},
      {"&campaign_id=0", "campaign_id: expected a list of ids from 1 to 4294967295, got \"0\""},
      {"&campaign_id=4294967296", "campaign_id: expected a list of ids"},
      {"&campaign_id=-1", "campaign_id: expected a list of ids"},
      {"&campaign_id=1,,2", "campaign_id: expected a list of ids from 1 to 4294967295, got \"\""},
      {"&device=fridge", "device: expected a list of other, desktop"},
      {"&country=USA", "country: expected a list of ISO 3166-1"},
      {"&country=us", "country: expected a list of ISO 3166-1"},
      {"&region=LONG", "region: expected a list of ISO 3166-2"},
      {"&metrics=clicks,clicks", "metrics: expected each name once"},
      {"&metrics=reach&granularity=minute", "granularity: reach is not counted by minute"},
      {"&metrics=clicks,reach&group_by=campaign,device",
       "group_by: reach is counted by advertiser"},
      {"&metrics=reach&country=US", "country: reach is counted by advertiser and campaign, not by"},
      {"&order_by=time", "order_by: expected columns of this report"},
      {"&order_by=--clicks", "order_by: expected columns of this report"},
      {"&order_by=clicks,-clicks", "order_by: expected each column once"},
      {"&limit=0", "limit: expected a number from 1 to 100000"},
      {"&limit=100001", "limit: expected a number from 1 to 100000"},
      {"&format=csv&limit=4294967296", "limit: expected a number from 1 to 4294967295"},
      {"&limit=ten", "limit: expected a number from 1 to 100000"},
      {"&compare_to=", "compare_to: expected previous_period or previous_year, got \"\""},
      {"&compare_to=last_week", "compare_to: expected previous_period or previous_year, got"},
      {"&compare_to=previous_year&compare_to=previous_year", "compare_to: given twice"},
      {"&metrics=previous_clicks&compare_to=previous_year", "metrics: expected a list of"},
      {"&order_by=previous_clicks", "order_by: expected columns of this report"},
      {"&metrics=clicks&compare_to=previous_period&order_by=previous_spend",
       "order_by: expected columns of this report, each with '-' before it for descending: clicks "
       "or previous_clicks, got"},
      {"&metrics=reach&granularity=minute&compare_to=previous_period",
       "granularity: reach is not counted by minute"},
      {"&format=xml", "format: expected json, csv, parquet or arrow"},
  };
  for (const auto& [query, message] : cases) {
    EXPECT_THAT(ErrorOf(Parse(query)), HasSubstr(message)) << query;
  }
  EXPECT_THAT(ErrorOf(ParseReportRequest("to=2026-11-01", kZones)), StartsWith("from is required"));
  EXPECT_THAT(ErrorOf(ParseReportRequest("from=2026-11-01", kZones)), StartsWith("to is required"));
  EXPECT_THAT(ErrorOf(ParseReportRequest("from=yesterday&to=today", kZones)),
              HasSubstr("from: expected a date like"));
}

TEST(ParseReportRequest, BoundsTheNumberOfValues) {
  std::string list = "&campaign_id=1";
  for (size_t i = 1; i < kMaxFilterValues; ++i) list += ",1";
  EXPECT_TRUE(Parse(list).ok());
  EXPECT_THAT(ErrorOf(Parse(list + ",1")), StartsWith("campaign_id: expected at most 1000 values"));
}

TEST(BadParameter, CutsLongValues) {
  const Error error = BadParameter("limit", "a number", std::string(1000, 'x'));
  EXPECT_LT(error.message.size(), 120u);
}

}  // namespace
}  // namespace adtally
