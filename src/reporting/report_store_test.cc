// Reports of the real engine against a naive oracle that adds up the same rows one by one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <variant>

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "reporting/report.h"
#include "reporting/report_answer_test_support.h"
#include "reporting/report_expect_test_support.h"
#include "reporting/report_oracle_test_support.h"
#include "store/chdb_test_support.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using namespace report_oracle;

class ReportStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const auto* table : {"minute", "click_conversion", "tier_status", "tier_floor"}) {
      ChdbTestStore::Clear(table);
    }
    std::mt19937 random(20401028);
    rows_ = RandomRows(random, 4000);
    const std::vector<Row> clicks = RandomClickRows(random, 1000);
    rows_.insert(rows_.end(), clicks.begin(), clicks.end());
    InsertAll();
    auto zones = TimeZones::Load(ChdbTestStore::Get());
    ASSERT_TRUE(zones.ok()) << zones.error().message;
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
  }
  static void TearDownTestSuite() {
    for (const auto* table : {"minute", "click_conversion"}) ChdbTestStore::Clear(table);
  }

  // Deltas of one key arrive in several blocks; a block holds at most 100 hours.
  static void InsertAll() {
    ChdbTestStore::Clear("click_conversion");
    for (const auto& [spring, by_click] :
         {std::pair(true, false), {false, false}, {true, true}, {false, true}}) {
      std::vector<Row> season;
      std::ranges::copy_if(rows_, std::back_inserter(season), [&](const Row& row) {
        return row.by_click == by_click && (row.minute_s < kSpring + 10 * 86'400) == spring;
      });
      const size_t half = season.size() / 2;
      InsertRows(std::span(season).first(half));
      InsertRows(std::span(season).subspan(half));
    }
  }

  static Result<std::string> Run(std::string_view query, Scope scope = std::nullopt) {
    ADTALLY_ASSIGN(const ReportRequest request, ParseReportRequest(query, *zones_));
    TierCache tiers;
    return RunInItsFormat({ChdbTestStore::Get(), tiers}, request, scope, 2'216'246'400'123);
  }

  static void Check(const Question& question) {
    const std::string query = QueryOf(question);
    SCOPED_TRACE(query);
    const auto body = Run(query);
    ASSERT_TRUE(body.ok()) << body.error().message;
    ExpectReport(question, *body, Answer(question, rows_));
  }

  static std::vector<std::string> AllMetrics() {
    std::vector<std::string> names;
    for (const ReportMetric& metric : ReportMetrics()) {
      if (!metric.sketch) names.emplace_back(metric.name);
    }
    return names;
  }

  static inline std::vector<Row> rows_;
  static inline std::unique_ptr<TimeZones> zones_;
};

TEST_F(ReportStoreTest, EveryGranularityInEveryZoneMatchesTheOracle) {
  for (const std::string zone : {"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"}) {
    for (const Granularity granularity :
         {Granularity::kTotal, Granularity::kHour, Granularity::kDay}) {
      Question question{.granularity = granularity, .zone = zone};
      question.metrics = AllMetrics();
      Check(question);
    }
    for (const int64_t day_s : {kSpring, kAutumn}) {
      Question question{.granularity = Granularity::kMinute, .zone = zone};
      question.from_s = day_s - 3600;
      question.to_s = day_s + 6 * 3600;
      question.metrics = AllMetrics();
      Check(question);
    }
  }
}

TEST_F(ReportStoreTest, RandomReportsMatchTheOracle) {
  std::mt19937 random(7);
  const auto below = [&](size_t n) { return random() % n; };
  const std::vector<std::vector<std::string>> values = {
      {"1", "2", "9"},           {"10", "21", "32"}, {"100", "211"}, {"1000", "3211"},
      {"mobile", "tv", "other"}, {"DE", "US", ""},   {"BY", "9", ""}};
  for (int round = 0; round < 60; ++round) {
    Question question;
    question.granularity =
        std::array{Granularity::kTotal, Granularity::kHour, Granularity::kDay}[below(3)];
    question.zone = std::array{"UTC", "Europe/Berlin", "Asia/Kathmandu"}[below(3)];
    if (below(2) == 0) question.from_s = kSpring + static_cast<int64_t>(below(1440)) * 60;
    if (below(2) == 0) question.to_s = kAutumn + static_cast<int64_t>(below(1440)) * 60;
    std::vector<size_t> places = {0, 1, 2, 3, 4, 5, 6};
    std::shuffle(places.begin(), places.end(), random);
    question.groups.assign(places.begin(), places.begin() + static_cast<int>(below(4)));
    for (size_t i = below(3); i > 0; --i) {
      const size_t place = below(7);
      question.filters[place].insert(values[place][below(values[place].size())]);
      question.filters[place].insert(values[place][below(values[place].size())]);
    }
    question.metrics = AllMetrics();
    std::shuffle(question.metrics.begin(), question.metrics.end(), random);
    question.metrics.resize(1 + below(question.metrics.size()));
    if (below(2) == 0) question.limit = 1 + below(20);
    if (below(2) == 0) question.order_metric = question.metrics[below(question.metrics.size())];
    Check(question);
    if (HasFailure()) return;
  }
}

TEST_F(ReportStoreTest, AnswersInItsShape) {
  ChdbTestStore::Clear("minute");
  Row row;
  row.minute_s = kAutumn;
  row.ids = {1, 7, 70, 700};
  row.texts = {"mobile", "US", "CA"};
  row.counts = {4, 1, 0, 0, 0, 0};
  row.micros = {250'000, 0};
  InsertRows(std::array{row});
  const auto body =
      Run("from=2040-10-28&to=2040-10-29&granularity=day&time_zone=Europe/Berlin&group_by=campaign,"
          "device&metrics=clicks,ctr,spend,cpa");
  ASSERT_TRUE(body.ok()) << body.error().message;
  EXPECT_EQ(
      *body,
      R"({"from":"2040-10-28T00:00:00+02:00","to":"2040-10-29T00:00:00+01:00","granularity":"day",)"
      R"("time_zone":"Europe/Berlin","columns":["time","campaign_id","device","clicks","ctr",)"
      R"("spend","cpa"],"rows":[["2040-10-28T00:00:00+02:00",7,"mobile",1,0.25,0.250000,null]],)"
      R"("totals":{"clicks":1,"ctr":0.25,"spend":0.250000,"cpa":null},"truncated":false,)"
      R"("next_page_token":null,)"
      R"("freshness":"2040-03-25T00:00:00.123Z","tiers":["minute"],)"
      R"("exact":{"clicks":true,"ctr":true,"spend":true,"cpa":true}})");

  const auto csv =
      Run("from=2040-10-28&to=2040-10-29&granularity=hour&group_by=country&metrics=clicks,spend,cpa"
          "&format=csv");
  ASSERT_TRUE(csv.ok()) << csv.error().message;
  EXPECT_EQ(*csv,
            "\"time\",\"country\",\"clicks\",\"spend\",\"cpa\"\n"
            "\"2040-10-28T00:00:00Z\",\"US\",1,0.250000,\n");
  const auto parquet =
      Run("from=2040-10-28&to=2040-10-29&granularity=hour&group_by=country&format=parquet");
  ASSERT_TRUE(parquet.ok()) << parquet.error().message;
  EXPECT_TRUE(parquet->starts_with("PAR1") && parquet->ends_with("PAR1"));
  const auto arrow = Run("from=2040-10-28&to=2040-10-29&group_by=country&format=arrow");
  ASSERT_TRUE(arrow.ok()) << arrow.error().message;
  EXPECT_THAT(*arrow, HasSubstr("impressions"));

  const auto empty = Run("from=2041-01-01&to=2041-01-02&granularity=hour&metrics=clicks,cpc,spend");
  ASSERT_TRUE(empty.ok()) << empty.error().message;
  EXPECT_THAT(*empty, HasSubstr(R"("rows":[],"totals":{"clicks":0,"cpc":null,"spend":0.000000})"));

  ChdbTestStore::Clear("minute");
  InsertAll();
}

TEST_F(ReportStoreTest, PlacesBoundsInTheZone) {
  const auto bounds = [](std::string_view query) {
    const auto body = Run(query);
    if (!body.ok()) return body.error().message;
    return body->substr(0, body->find(",\"granularity"));
  };
  // 02:30 happens twice in autumn: the first one; in spring it is skipped: 03:30.
  EXPECT_EQ(bounds("from=2040-10-28T02:30&to=2040-10-29&time_zone=Europe/Berlin"),
            R"({"from":"2040-10-28T02:30:00+02:00","to":"2040-10-29T00:00:00+01:00")");
  EXPECT_EQ(bounds("from=2040-03-25T02:30&to=2040-03-25T03:31&time_zone=Europe/Berlin"),
            R"({"from":"2040-03-25T02:30:00+01:00","to":"2040-03-25T03:31:00+02:00")");
  EXPECT_EQ(bounds("from=2040-03-25&to=2040-03-25T06:00:00%2B05:45&time_zone=Asia/Kathmandu"),
            R"({"from":"2040-03-25T00:00:00+05:45","to":"2040-03-25T06:00:00+05:45")");
  // Midnight is skipped: the day starts at 01:00, not an hour earlier.
  EXPECT_EQ(bounds("from=2018-11-04&to=2018-11-04T03:30:00Z&time_zone=America/Sao_Paulo"),
            R"({"from":"2018-11-04T00:00:00-03:00","to":"2018-11-04T01:30:00-02:00")");
  EXPECT_THAT(bounds("from=2040-03-25T03:30&to=2040-03-25T02:30&time_zone=Europe/Berlin"),
              testing::StartsWith("to: expected a time after from, 2040-03-25T03:30:00+02:00"));
  EXPECT_THAT(bounds("from=2040-03-25&to=2040-03-25"), testing::StartsWith("to: expected a time"));
}

TEST_F(ReportStoreTest, RefusesWhatIsTooLong) {
  const auto minutes = Run("from=2040-03-01&to=2040-03-09&granularity=minute");
  ASSERT_FALSE(minutes.ok());
  EXPECT_THAT(minutes.error().message, HasSubstr("minute covers at most 7 days"));
  EXPECT_TRUE(Run("from=2040-10-25&to=2040-11-01&granularity=minute&time_zone=Europe/Berlin").ok());
}

TEST_F(ReportStoreTest, AMillionGroupsAreRefusedAsJsonAndWholeInFiles) {
  ChdbTestStore::Run(
      "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, clicks) SELECT "
      "toDateTime('2041-06-01 12:00:00', 'UTC'), 1, 10, number, 1 FROM numbers(1000000)");
  const std::string query = "from=2041-06-01&to=2041-06-02&group_by=creative&metrics=clicks";
  const auto all = Run(query);
  ASSERT_FALSE(all.ok());
  EXPECT_EQ(all.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(all.error().message, HasSubstr("more than 100000 rows: shorten the range"));

  std::string expected = "\"creative_id\",\"clicks\"\n";
  for (int i = 0; i < 1'000'000; ++i) expected += std::to_string(i) + ",1\n";
  const auto csv = Run(query + "&format=csv");
  ASSERT_TRUE(csv.ok()) << csv.error().message;
  EXPECT_TRUE(*csv == expected) << csv->size() << " bytes of " << expected.size();
  const auto part = Run(query + "&format=csv&limit=200000");
  ASSERT_TRUE(part.ok()) << part.error().message;
  EXPECT_EQ(std::ranges::count(*part, '\n'), 200'001);
  const auto parquet = Run(query + "&format=parquet");
  ASSERT_TRUE(parquet.ok()) << parquet.error().message;
  EXPECT_TRUE(parquet->starts_with("PAR1") && parquet->ends_with("PAR1"));
  const auto some = Run(query + "&limit=1&order_by=-creative_id");
  ASSERT_TRUE(some.ok()) << some.error().message;
  EXPECT_THAT(*some,
              HasSubstr(R"("rows":[[999999,1]],"totals":{"clicks":1000000},"truncated":true)"));
}

struct Page {
  std::vector<std::string> rows;
  std::string totals;
  std::string next;  // "" on the last one
};

Page ParsePage(const std::string& body) {
  simdjson::dom::parser parser;
  const simdjson::dom::element json = parser.parse(body);
  Page page;
  for (const auto row : json["rows"].get_array()) page.rows.push_back(simdjson::minify(row));
  page.totals = simdjson::minify(json["totals"]);
  const bool truncated = json["truncated"];
  if (!json["next_page_token"].is_null()) page.next = json["next_page_token"].get_c_str().value();
  EXPECT_EQ(truncated, !page.next.empty());
  return page;
}

TEST_F(ReportStoreTest, PagesHoldEveryRowOnceInOrder) {
  const std::string range = "from=2040-10-26&to=2040-10-31&granularity=";
  const std::vector<std::string> reports = {
      range + "hour&time_zone=Europe/Berlin&group_by=device&metrics=clicks,ctr&order_by=-clicks",
      range + "day&group_by=country,region&metrics=impressions,ctr,cpc,spend&order_by=ctr,-spend",
      range + "total&group_by=country,device,campaign&metrics=cvr,cpa&order_by=-cvr,cpa",
      range + "total&group_by=device,region&metrics=roas&order_by=-device,roas",
      range + "day&time_zone=America/New_York&group_by=campaign&metrics=clicks&order_by=-time",
      range + "total&group_by=creative,advertiser&metrics=clicks,spend",
  };
  for (const std::string& report : reports) {
    SCOPED_TRACE(report);
    const auto whole = Run(report);
    ASSERT_TRUE(whole.ok()) << whole.error().message;
    const Page all = ParsePage(*whole);
    ASSERT_GT(all.rows.size(), 8u);
    EXPECT_EQ(all.next, "");
    const size_t sizes[] = {1, 7, all.rows.size()};
    for (const size_t size : sizes) {
      std::vector<std::string> rows;
      std::string next;
      for (int pages = 0; pages == 0 || (!next.empty() && pages < 60); ++pages) {
        const std::string token = next.empty() ? "" : "&page_token=" + next;
        const auto body = Run(report + "&limit=" + std::to_string(size) + token);
        ASSERT_TRUE(body.ok()) << body.error().message;
        const Page page = ParsePage(*body);
        EXPECT_EQ(page.totals, all.totals);
        rows.insert(rows.end(), page.rows.begin(), page.rows.end());
        next = page.next;
      }
      const std::vector<std::string> expected(
          all.rows.begin(), all.rows.begin() + static_cast<ptrdiff_t>(rows.size()));
      EXPECT_EQ(rows, expected) << "pages of " << size;
      EXPECT_EQ(next.empty(), rows.size() == all.rows.size());
    }
  }
}

TEST_F(ReportStoreTest, PagesStayRightWhileRowsComeBetweenThem) {
  const auto insert = [](int creative, int clicks) {
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, clicks) "
        "VALUES ('2041-07-01 12:00:00', 1, 10, " +
        std::to_string(creative) + ", " + std::to_string(clicks) + ")");
  };
  const std::string query =
      "from=2041-07-01&to=2041-07-02&group_by=creative&metrics=clicks&limit=2";
  for (const int creative : {10, 20, 30, 40}) insert(creative, creative);
  const Page first = ParsePage(Run(query).value());
  EXPECT_EQ(first.rows, (std::vector<std::string>{"[10,10]", "[20,20]"}));
  insert(15, 1);   // on the page that was read
  insert(20, 80);  // numbers change
  insert(25, 2);   // on the next one
  const Page second = ParsePage(Run(query + "&page_token=" + first.next).value());
  EXPECT_EQ(second.rows, (std::vector<std::string>{"[25,2]", "[30,30]"}));
  EXPECT_EQ(second.totals, "{\"clicks\":183}");
  const Page third = ParsePage(Run(query + "&page_token=" + second.next).value());
  EXPECT_EQ(third.rows, (std::vector<std::string>{"[40,40]"}));
  EXPECT_EQ(third.next, "");
}

TEST_F(ReportStoreTest, APageTokenGivesNothingOfAnother) {
  const std::string query = "from=2040-10-26&to=2040-10-31&group_by=campaign&limit=1";
  const Page page = ParsePage(Run(query).value());
  ASSERT_NE(page.next, "");
  const auto own = Run(query + "&page_token=" + page.next, 2);
  ASSERT_TRUE(own.ok()) << own.error().message;
  const Page first = ParsePage(Run(query, 2).value());
  for (const std::string& row : ParsePage(*own).rows) {
    const auto all = ParsePage(Run("from=2040-10-26&to=2040-10-31&group_by=campaign", 2).value());
    EXPECT_THAT(all.rows, testing::Contains(row));
  }
}

TEST_F(ReportStoreTest, ScopeHidesOtherAdvertisers) {
  Question question{.granularity = Granularity::kDay};
  question.metrics = {"clicks", "spend"};
  question.groups = {0, 1};
  question.filters[0] = {"2"};
  const Expected own = Answer(question, rows_);
  for (const std::string_view filter : {"", "&advertiser_id=2", "&advertiser_id=2,2"}) {
    question.filters.clear();
    const auto body = Run(QueryOf(question) + std::string(filter), 2);
    ASSERT_TRUE(body.ok()) << body.error().message;
    ExpectReport(question, *body, own);
  }
  // Another's campaign is as unknown as one that does not exist.
  question.groups = {};
  const auto others = Run(QueryOf(question) + "&campaign_id=10", 2);
  const auto nobodys = Run(QueryOf(question) + "&campaign_id=999999", 2);
  ASSERT_TRUE(others.ok());
  ASSERT_TRUE(nobodys.ok());
  EXPECT_EQ(*others, *nobodys);
}

}  // namespace
}  // namespace adtally
