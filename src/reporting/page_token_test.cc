#include "reporting/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64url.h"
#include "reporting/time_zones.h"

namespace adtally {
namespace {

using testing::StartsWith;

const TimeZones kZones({"UTC", "Europe/Berlin"});

constexpr std::string_view kReport =
    "from=2026-11-01&to=2026-11-02&granularity=day&group_by=device,campaign&metrics=clicks,ctr,"
    "spend";
constexpr std::string_view kRow = "2026-11-01T00:00:00Z\tmobile\t7\t12\t0.1\t3.250000";

ReportRequest Parse(const std::string& query) {
  return ParseReportRequest(query, kZones).value();
}

TEST(PageToken, HoldsTheRowInTheTotalOrder) {
  const std::string query = std::string(kReport) + "&order_by=-ctr,spend";
  const ReportRequest report = Parse(query + "&limit=5");
  const std::string token = WritePageToken(report, kRow);
  const ReportRequest next = Parse(query + "&limit=9&page_token=" + token);
  const PageCursor expected = {"0.1", "3.250000", "2026-11-01T00:00:00Z", "mobile", "7"};
  ASSERT_TRUE(next.after);
  EXPECT_EQ(*next.after, expected);
  EXPECT_FALSE(report.after);
  // Parameters may come in another order.
  EXPECT_TRUE(ParseReportRequest("page_token=" + token + "&" + query, kZones).ok());
}

TEST(PageToken, NullIsAValue) {
  const std::string query = std::string(kReport) + "&order_by=ctr";
  const std::string token =
      WritePageToken(Parse(query), "2026-11-01T00:00:00Z\ttv\t7\t0\t\\N\t0.000000");
  EXPECT_EQ(Parse(query + "&page_token=" + token).after->front(), std::nullopt);
}

TEST(PageToken, IsOfOneReport) {
  const std::string token = WritePageToken(Parse(std::string(kReport)), kRow);
  for (const std::string other :
       {"&order_by=clicks", "&country=US", "&time_zone=Europe/Berlin", "&campaign_id=7"}) {
    const auto request =
        ParseReportRequest(std::string(kReport) + other + "&page_token=" + token, kZones);
    ASSERT_FALSE(request.ok()) << other;
    EXPECT_EQ(request.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(request.error().message, StartsWith("page_token: it is of a report with other"));
  }
}

TEST(PageToken, DamagedOnesAreRefused) {
  const std::string report(kReport);
  const std::string token = WritePageToken(Parse(report), kRow);
  std::vector<std::string> damaged = {"",
                                      "x",
                                      "nonsense",
                                      token.substr(1),
                                      token.substr(0, token.size() - 1),
                                      token + "A",
                                      std::string(10'000, 'A')};
  for (size_t i = 0; i < token.size(); ++i) {
    damaged.push_back(token);
    damaged.back()[i] = token[i] == 'B' ? 'C' : 'B';
  }
  for (const std::string& each : damaged) {
    const auto request = ParseReportRequest(report + "&page_token=" + each, kZones);
    ASSERT_FALSE(request.ok()) << each;
    EXPECT_THAT(request.error().message, StartsWith("page_token: this is not the whole"));
  }
}

// Whoever makes a token of his own gets no further than the report's columns.
TEST(PageToken, ForgedValuesAreRefused) {
  const std::string report(kReport);
  for (const std::string_view row :
       {"yesterday\tmobile\t7\t1\t0.1\t1.0", "2026-11-01T00:00:00Z\tmob\\ile\t7\t1\t0.1\t1.0",
        "2026-11-01T00:00:00Z\tmobile\t-7\t1\t0.1\t1.0",
        "2026-11-01T00:00:00Z\tmobile\t7 OR 1\t1\t0.1\t1.0"}) {
    const std::string token = WritePageToken(Parse(report), row);
    EXPECT_FALSE(ParseReportRequest(report + "&page_token=" + token, kZones).ok()) << row;
  }
  for (const std::string_view order : {"clicks", "ctr", "spend"}) {
    const std::string query = report + "&order_by=" + std::string(order);
    const std::string token =
        WritePageToken(Parse(query), "2026-11-01T00:00:00Z\tmobile\t7\t1x\tnan\t1.0000001");
    EXPECT_FALSE(ParseReportRequest(query + "&page_token=" + token, kZones).ok()) << order;
  }
}

TEST(PageToken, FilesHaveNoPages) {
  const std::string token = WritePageToken(Parse(std::string(kReport)), kRow);
  const auto request =
      ParseReportRequest(std::string(kReport) + "&format=csv&page_token=" + token, kZones);
  ASSERT_FALSE(request.ok());
  EXPECT_THAT(request.error().message, StartsWith("page_token: only json has pages"));
}

}  // namespace
}  // namespace adtally
