// GET /v1/report over HTTP: its problems, what clients may keep, and whose answers they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/reporting_api_test_support.h"
#include "tiers/archive_files.h"
#include "tiers/archive_reader.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

using ReportCallsTest = ReportingApiTest;

TEST_F(ReportCallsTest, ReportsAnswerProblems) {
  const auto response = Admin("GET", "/v1/report?from=2040-11-01&to=2040-11-02&granularity=week");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.Header("Content-Type"), "application/problem+json");
  EXPECT_THAT(response.body, HasSubstr("granularity: expected minute, hour, day or total"));
  const auto csv = Admin("GET", "/v1/report?from=2040-11-01&to=2040-11-02&format=csv");
  EXPECT_EQ(csv.Header("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_EQ(csv.Header("Content-Disposition"), "attachment; filename=\"report.csv\"");
  EXPECT_EQ(csv.Header("Adtally-Tiers"), "minute");
  EXPECT_EQ(csv.Header("Cache-Control"), "no-store");
  const auto compared =
      Admin("GET", "/v1/report?from=2000-01-01&to=2000-01-02&compare_to=previous_year");
  EXPECT_EQ(compared.status, 400);
  EXPECT_THAT(compared.body, HasSubstr("compare_to: the year before begins before 2000"));
  EXPECT_EQ(Admin("GET", "/v1/freshness?x=1").status, 400);
}

TEST_F(ReportCallsTest, AnswersAreForTheCallerAlone) {
  for (const std::string_view target : {"/v1/freshness", "/v1/catalog", "/v1/none", "/metrics"}) {
    for (const std::string_view key : {std::string_view(), kAdminKey}) {
      const auto answer = Get(target, key);
      EXPECT_EQ(answer.Header("Cache-Control"), "no-store") << target;
      EXPECT_EQ(answer.Header("Content-Security-Policy"),
                "default-src 'none'; frame-ancestors 'none'");
    }
  }
}

TEST_F(ReportCallsTest, WhatAClientHasIsNotSentAgain) {
  for (const std::string_view target : {"/v1/catalog", "/v1/openapi.json"}) {
    const auto first = Get(target, kAdminKey);
    const std::string etag(first.Header("ETag"));
    http::Request request;
    request.method = "GET";
    request.path = target;
    request.headers = {{"Authorization", "Bearer the-admin-key"}, {"If-None-Match", etag}};
    std::promise<http::Response> answer;
    handler_(request, [&](http::Response response) { answer.set_value(std::move(response)); });
    EXPECT_EQ(answer.get_future().get().status, 304) << target;
  }
  // An advertiser's catalog is not the admin's.
  const std::string key = MakeKey(R"({"role":"advertiser","advertiser_id":1})").key;
  EXPECT_NE(Get("/v1/catalog", key).Header("ETag"), Get("/v1/catalog", kAdminKey).Header("ETag"));
}

TEST_F(ReportCallsTest, AReportThatDidNotChangeIsNotSentAgain) {
  InsertClicks();
  const std::string target = "/v1/report?from=2040-11-01&to=2040-11-02&group_by=advertiser";
  const auto ask = [&](const std::string& etag, std::string_view key) {
    const std::string authorization = "Bearer " + std::string(key);
    http::Request request;
    request.method = "GET";
    request.path = "/v1/report";
    request.query = std::string_view(target).substr(target.find('?') + 1);
    request.headers = {{"Authorization", authorization}, {"If-None-Match", etag}};
    std::promise<http::Response> answer;
    handler_(request, [&](http::Response response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  };
  const auto first = Get(target, kAdminKey);
  const std::string etag(first.Header("ETag"));
  EXPECT_THAT(etag, StartsWith("W/\""));
  EXPECT_EQ(first.Header("Vary"), "Authorization, Cookie");
  EXPECT_EQ(first.Header("Cache-Control"), "no-store");  // it may still change
  const auto same = ask(etag, kAdminKey);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.Header("ETag"), etag);
  EXPECT_EQ(same.Header("Adtally-Freshness"), "2026-11-01T12:30:00.000Z");
  // Another's numbers are others, under the same address.
  const std::string key = MakeKey(R"({"role":"advertiser","advertiser_id":1})").key;
  EXPECT_EQ(ask(etag, key).status, 200);
  EXPECT_EQ(ask(etag, "nobodys").status, 401);
  ChdbTestStore::Run(
      "INSERT INTO adtally.minute (minute, advertiser_id, clicks) VALUES ('2040-11-01 13:00:00', "
      "1, 7)");
  const auto changed = ask(etag, kAdminKey);
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.Header("ETag"), etag);
}

TEST_F(ReportCallsTest, AReportThatCannotChangeMayBeKeptForAMinute) {
  TierPartition day{.partition = 20'401'101};
  for (uint8_t hour = 0; hour < 24; ++hour) {
    day.Set({.slot = hour, .generation = 5, .mark = 1, .final = true});
  }
  ASSERT_TRUE(PublishTierStatus(ChdbTestStore::Get(), Tier::kHour, day, 1).value());
  const std::string target = "/v1/report?from=2040-11-01&to=";
  const auto final = Get(target + "2040-11-02", kAdminKey);
  EXPECT_EQ(final.status, 200) << final.body;
  EXPECT_EQ(final.Header("Cache-Control"), "private, max-age=60, must-revalidate");
  EXPECT_EQ(final.Header("Vary"), "Authorization, Cookie");
  EXPECT_EQ(Get(target + "2040-11-03", kAdminKey).Header("Cache-Control"), "no-store");
  EXPECT_EQ(Get(target + "2040-11-02&metrics=reach", kAdminKey).Header("Cache-Control"),
            "no-store");
}

TEST_F(ReportCallsTest, AProblemOfTheArchiveNamesTheFile) {
  Store& store = ChdbTestStore::Get();
  ASSERT_TRUE(RaiseTierFloor(store, Tier::kMinute, MonthStart(204012)).value());
  const TierPartition month{.partition = 204011, .slots = {{.slot = 1, .generation = 7}}};
  ASSERT_TRUE(PublishTierStatus(store, Tier::kArchive, month, 1).value());
  const ArchiveFile file{.month = 204011,
                         .generation = 7,
                         .name = "hour/2040-11/7-000.parquet",
                         .first_advertiser_id = 2,
                         .last_advertiser_id = 9,
                         .rows = 1,
                         .bytes = 1,
                         .checksum = "00",
                         .content_hash = 1,
                         .etag = {}};
  ASSERT_TRUE(AddArchiveFiles(store, {file}).ok());
  ArchiveReader archive({.kind = ArchivePlace::Kind::kFolder, .folder = "/nowhere"}, clock_);
  const std::string report = "/v1/report?from=2040-11-01&to=2040-11-02";
  const auto without = Admin("GET", report);
  EXPECT_EQ(without.status, 400);
  EXPECT_THAT(without.body, HasSubstr("from: numbers before 2040-11-02T00:00:00Z are in the"));

  ReportingApiOptions options;
  options.archive = &archive;
  Start(std::move(options));
  const auto missing = Admin("GET", report);
  EXPECT_EQ(missing.status, 500);
  EXPECT_THAT(missing.body, HasSubstr("file hour/2040-11/7-000.parquet is missing"));
  EXPECT_THAT(missing.body, Not(HasSubstr("/nowhere")));
  // Not in that file.
  EXPECT_EQ(Admin("GET", report + "&advertiser_id=1").status, 200);
}

}  // namespace
}  // namespace adtally
