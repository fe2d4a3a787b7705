// Comparisons by the real engine against the oracle's two reports, and their shape.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "reporting/comparison_oracle_test_support.h"
#include "reporting/report.h"
#include "reporting/report_answer_test_support.h"
#include "reporting/report_expect_test_support.h"
#include "store/chdb_test_support.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using namespace report_oracle;
using testing::HasSubstr;

constexpr int64_t kDayS = 86'400;
// From the changes of clocks in Berlin in 2040 to those of Lord Howe.
constexpr std::array<int64_t, 2> kLordHoweDays = {7, -21};

class ReportComparisonTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table : {"minute", "tier_status", "tier_floor"}) ChdbTestStore::Clear(table);
    auto zones = TimeZones::Load(ChdbTestStore::Get());
    ASSERT_TRUE(zones.ok()) << zones.error().message;
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
  }
  void TearDown() override {
    for (const auto* table : {"minute", "tier_floor"}) ChdbTestStore::Clear(table);
  }

  Result<std::string> Run(const std::string& query, Scope scope = std::nullopt) {
    ADTALLY_ASSIGN(const ReportRequest request, ParseReportRequest(query, *zones_));
    TierCache tiers;
    return RunInItsFormat({ChdbTestStore::Get(), tiers}, request, scope, std::nullopt);
  }

  void Check(const Question& question, std::span<const Row> rows) {
    const std::string query = QueryOf(question);
    SCOPED_TRACE(query);
    const auto body = Run(query);
    ASSERT_TRUE(body.ok()) << body.error().message;
    ExpectReport(question, *body, AnswerComparison(question, rows));
  }

  std::unique_ptr<TimeZones> zones_;
};

// Both changes of clocks and a year before: days, hours and minutes, whole days and others.
TEST_F(ReportComparisonTest, RandomComparisonsAreTheOraclesTwoReportsJoined) {
  std::mt19937 random(20400325);
  const auto below = [&](size_t n) { return random() % n; };
  std::vector<Row> rows = RandomRows(random, 1200);
  const auto season = [](int64_t utc_s) { return utc_s < kSpring + 30 * kDayS ? 0 : 1; };
  for (size_t i = 0; i < rows.size(); ++i) {
    int64_t& minute_s = rows[i].minute_s;
    if (i % 4 == 0) minute_s -= 365 * kDayS;
    if (i % 4 == 1) minute_s += 3600 * static_cast<int64_t>(below(60)) - 2 * kDayS;
    if (i % 4 == 2) minute_s += kLordHoweDays[season(minute_s)] * kDayS;
  }
  // A block may hold rows of 100 hours; 80 divides their number.
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.minute_s < b.minute_s; });
  for (size_t i = 0; i < rows.size(); i += 80) InsertRows(std::span(rows).subspan(i, 80));

  for (int round = 0; round < 120 && !HasFailure(); ++round) {
    Question question;
    question.compare_to = below(4) == 0 ? "previous_year" : "previous_period";
    question.granularity = std::array{Granularity::kTotal, Granularity::kMinute, Granularity::kHour,
                                      Granularity::kHour, Granularity::kDay}[below(5)];
    question.zone = std::array{"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York",
                               "Australia/Lord_Howe"}[below(5)];
    const size_t half = below(2);
    int64_t middle_s = half == 0 ? kSpring : kAutumn;
    if (question.zone == "Australia/Lord_Howe") middle_s += kLordHoweDays[half] * kDayS;
    const auto bound = [&] {
      const int64_t at_s = middle_s + static_cast<int64_t>(below(6 * 1440)) * 60 - 2 * kDayS;
      return below(4) == 0 ? at_s : BucketStart(Granularity::kDay, question.zone, at_s);
    };
    do {
      question.from_s = bound();
      question.to_s = bound();
    } while (question.from_s >= question.to_s);
    std::vector<size_t> places = {0, 1, 4, 5};
    std::shuffle(places.begin(), places.end(), random);
    question.groups.assign(places.begin(), places.begin() + static_cast<int>(below(3)));
    if (below(3) == 0) question.filters[5] = {"DE", ""};
    question.metrics = {"clicks", "spend", "ctr", "roas", "cpm", "gross_impressions"};
    std::shuffle(question.metrics.begin(), question.metrics.end(), random);
    question.metrics.resize(1 + below(question.metrics.size()));
    const auto columns = NumberColumns(question);
    if (below(2) == 0) question.order_metric = columns[below(columns.size())];
    if (below(3) == 0) question.limit = 1 + below(20);
    Check(question, rows);
  }
}

class ComparisonShape : public ReportComparisonTest {
 protected:
  void SetUp() override {
    ReportComparisonTest::SetUp();
    const auto insert = [](int64_t minute_s, uint32_t campaign, uint64_t clicks, int64_t micros) {
      Row row;
      row.minute_s = minute_s;
      row.ids = {1, campaign, 70, 700};
      row.texts = {"mobile", "US", "CA"};
      row.counts = {8, clicks, 0, 0, 0, 0};
      row.micros = {micros, 0};
      InsertRows(std::array{row});
    };
    insert(kSpring, 7, 3, 1'000'000);  // in both ranges
    insert(kSpring - kDayS + 60, 7, 2, 500'000);
    insert(kSpring - kDayS, 8, 1, 250'000);  // in the compared one only
    insert(kSpring + 3600, 9, 4, 0);         // in the first one only
  }
  static constexpr const char* kQuery =
      "from=2040-03-25&to=2040-03-26&granularity=day&group_by=campaign&metrics=clicks,cpc"
      "&compare_to=previous_period&order_by=-previous_clicks";
};

TEST_F(ComparisonShape, IsAnsweredInItsShape) {
  const auto body = Run(kQuery);
  ASSERT_TRUE(body.ok()) << body.error().message;
  EXPECT_EQ(
      *body,
      R"({"from":"2040-03-25T00:00:00Z","to":"2040-03-26T00:00:00Z","granularity":"day",)"
      R"("time_zone":"UTC","columns":["time","campaign_id","clicks","cpc","previous_clicks",)"
      R"("previous_cpc"],"rows":[["2040-03-25T00:00:00Z",7,3,0.333333,2,0.250000],)"
      R"(["2040-03-25T00:00:00Z",8,0,null,1,0.250000],)"
      R"(["2040-03-25T00:00:00Z",9,4,0.000000,0,null]],)"
      R"("totals":{"clicks":7,"cpc":0.142857},"truncated":false,"next_page_token":null,)"
      R"("compare_to":"previous_period","compared":{"from":"2040-03-24T00:00:00Z",)"
      R"("to":"2040-03-25T00:00:00Z","totals":{"clicks":3,"cpc":0.250000},"tiers":["minute"]},)"
      R"("freshness":null,"tiers":["minute"],"exact":{"clicks":true,"cpc":true}})");
}

TEST_F(ComparisonShape, FilesHaveTheSameColumns) {
  const auto csv = Run(std::string(kQuery) + "&format=csv");
  ASSERT_TRUE(csv.ok()) << csv.error().message;
  EXPECT_EQ(*csv,
            "\"time\",\"campaign_id\",\"clicks\",\"cpc\",\"previous_clicks\",\"previous_cpc\"\n"
            "\"2040-03-25T00:00:00Z\",7,3,0.333333,2,0.250000\n"
            "\"2040-03-25T00:00:00Z\",8,0,,1,0.250000\n"
            "\"2040-03-25T00:00:00Z\",9,4,0.000000,0,\n");
  for (const std::string format : {"parquet", "arrow"}) {
    const auto file = Run(std::string(kQuery) + "&format=" + format);
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_THAT(*file, HasSubstr("previous_cpc"));
  }
}

TEST_F(ComparisonShape, ALimitIsOfTheJoinedRows) {
  const auto body = Run(std::string(kQuery) + "&limit=2");
  ASSERT_TRUE(body.ok()) << body.error().message;
  EXPECT_THAT(*body, HasSubstr(R"([["2040-03-25T00:00:00Z",7,3,0.333333,2,0.250000],)"
                               R"(["2040-03-25T00:00:00Z",8,0,null,1,0.250000]],)"
                               R"("totals":{"clicks":7,"cpc":0.142857},"truncated":true)"));
}

TEST_F(ComparisonShape, WithoutGroupsIsOneRow) {
  const auto body = Run("from=2040-03-25&to=2040-03-26&metrics=clicks&compare_to=previous_period");
  ASSERT_TRUE(body.ok()) << body.error().message;
  EXPECT_THAT(
      *body,
      HasSubstr(R"("columns":["clicks","previous_clicks"],"rows":[[7,3]],)"
                R"("totals":{"clicks":7},"truncated":false,"next_page_token":null,"compare_to")"));
  EXPECT_THAT(*body, HasSubstr(R"("totals":{"clicks":3},"tiers":["minute"]})"));
  const auto none = Run("from=2041-03-25&to=2041-03-26&metrics=clicks&compare_to=previous_period");
  ASSERT_TRUE(none.ok()) << none.error().message;
  EXPECT_THAT(*none, HasSubstr(R"("rows":[[0,0]])"));
}

TEST_F(ComparisonShape, ANumberThatIsTooLongIsCountedOverBothRanges) {
  ChdbTestStore::Run(
      "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, clicks) SELECT "
      "toDateTime('2041-06-01 12:00:00', 'UTC') + 86400 * (number % 2), 1, 10, number, 1 FROM "
      "numbers(120000)");
  const std::string query = "from=2041-06-02&to=2041-06-03&group_by=creative&metrics=clicks";
  EXPECT_TRUE(Run(query).ok());
  const auto both = Run(query + "&compare_to=previous_period");
  ASSERT_FALSE(both.ok());
  EXPECT_THAT(both.error().message, HasSubstr("more than 100000 rows"));
  const auto file = Run(query + "&compare_to=previous_period&format=csv");
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(std::ranges::count(*file, '\n'), 120'001);
}

TEST_F(ComparisonShape, AProblemOfTheComparedRangeSaysSo) {
  ASSERT_TRUE(RaiseTierFloor(ChdbTestStore::Get(), Tier::kMinute, kSpring).value());
  const std::string query = "from=2040-03-25&to=2040-03-26&granularity=minute&metrics=clicks";
  EXPECT_TRUE(Run(query).ok());
  const auto refused = Run(query + "&compare_to=previous_period");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused.error().message,
            "compare_to: of the compared range, 2040-03-24T00:00:00Z to 2040-03-25T00:00:00Z: "
            "granularity: numbers by minute are kept from 2040-03-25T00:00:00Z on; the finest for "
            "this range is hour");
}

TEST_F(ComparisonShape, AKeySeesItsOwnNumbersOfBothRanges) {
  Row row;
  row.minute_s = kSpring - kDayS;
  row.ids = {2, 20, 1, 1};
  row.texts = {"tv", "FR", ""};
  row.counts = {1000, 1000, 0, 0, 0, 0};
  const auto before = Run(kQuery, 1);
  ASSERT_TRUE(before.ok()) << before.error().message;
  InsertRows(std::array{row});
  EXPECT_EQ(Run(kQuery, 1).value(), *before);
  EXPECT_NE(Run(kQuery).value(), *before);
  const auto others = Run(std::string(kQuery) + "&advertiser_id=2", 1);
  ASSERT_FALSE(others.ok());
  EXPECT_EQ(others.error().code, ErrorCode::kForbidden);
}

}  // namespace
}  // namespace adtally
