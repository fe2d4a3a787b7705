// Reports while the tiers change under them: traffic in time and late, rollups, retention and the
// collection of what rollups leave behind take turns at random with reports, each of which must be
// what adding up the single rows gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "maintenance/maintenance.h"
#include "reporting/comparison_oracle_test_support.h"
#include "reporting/report.h"
#include "reporting/report_expect_test_support.h"
#include "reporting/report_oracle_test_support.h"
#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

using namespace report_oracle;

constexpr int64_t kHourS = 3600;
constexpr int64_t kDayS = 86'400;
constexpr int64_t kBeginS = kSpring - 3 * kDayS;  // the clocks of Berlin change on the fourth day
constexpr int64_t kLatestS = 28 * kHourS;         // how late events may come

const std::map<uint32_t, std::string>& Zones() {
  static const std::map<uint32_t, std::string> zones = {
      {1, "UTC"}, {2, "Europe/Berlin"}, {3, "Asia/Kathmandu"}, {4, "Asia/Kolkata"}};
  return zones;
}

class TierReportsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table :
         {"minute", "hour", "day", "tier_status", "tier_floor", "day_accounts", "advertisers"}) {
      ChdbTestStore::Clear(table);
    }
    for (const auto& [id, zone] : Zones()) {
      if (zone == "UTC") continue;  // not in the catalog
      ChdbTestStore::Run(
          "INSERT INTO adtally.advertisers (id, name, time_zone, currency, "
          "updated_ms) VALUES (" +
          std::to_string(id) + ", 'a', '" + zone + "', 'EUR', 1)");
    }
    auto zones = TimeZones::Load(ChdbTestStore::Get());
    ASSERT_TRUE(zones.ok()) << zones.error().message;
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
  }

  size_t Below(size_t n) { return random_() % n; }
  int64_t now_s() const { return clock_.NowMs() / 1000; }

  // A few rows of the last hour, and sometimes of a time that is long rolled up.
  void DeliverSome() {
    std::vector<Row> rows(1 + Below(6));
    for (Row& row : rows) {
      const int64_t age_s = static_cast<int64_t>(Below(3) == 0 ? Below(kLatestS) : Below(kHourS));
      row.minute_s = std::max(kBeginS, now_s() - age_s);
      row.minute_s -= row.minute_s % 60;
      const auto advertiser = static_cast<uint32_t>(1 + Below(4));
      row.ids = {advertiser, advertiser * 10 + static_cast<uint32_t>(Below(2)), 1, 1};
      row.texts = {std::string(kDevices[Below(3)]), std::array{"DE", ""}[Below(2)], ""};
      row.counts = {Below(100), Below(10), 0, 0, 0, 0};
      row.micros = {static_cast<int64_t>(Below(1u << 20)), 0};
    }
    rows_.insert(rows_.end(), rows.begin(), rows.end());
    Row receipt;
    receipt.texts = {"other", "", ""};
    receipt.ids = {0, 1, 1, ++end_offset_};
    std::map<int64_t, bool> hours;
    for (const Row& row : rows) hours[row.minute_s / kHourS * kHourS] = true;
    for (const auto& [hour_s, touched] : hours) {
      receipt.minute_s = hour_s;
      rows.push_back(receipt);
    }
    InsertRows(rows);
  }

  // One that the tiers can answer at any age: about one advertiser in its zone, or in whole hours
  // of UTC.
  Question NextQuestion() {
    Question question;
    question.metrics = {"impressions", "clicks", "spend"};
    question.granularity =
        std::array{Granularity::kTotal, Granularity::kDay, Granularity::kHour}[Below(3)];
    const auto about = static_cast<uint32_t>(Below(5));
    const bool of_one = about != 0 && Below(4) != 0;
    if (of_one) question.filters[0] = {std::to_string(about)};
    question.zone = of_one ? Zones().at(about) : std::array{"UTC", "Europe/Berlin"}[Below(2)];
    if (Below(2) == 0) question.groups.push_back(of_one ? 1 : 0);
    if (Below(3) == 0) question.groups.push_back(4);
    const auto bucket = Below(2) == 0 ? Granularity::kDay : Granularity::kHour;
    const auto bound = [&] {
      const auto hours = static_cast<size_t>((now_s() - kBeginS) / kHourS + 30);
      return BucketStart(bucket, question.zone,
                         kBeginS - kDayS + static_cast<int64_t>(Below(hours)) * kHourS);
    };
    do {
      question.from_s = bound();
      question.to_s = bound();
    } while (question.from_s == question.to_s);
    if (question.from_s > question.to_s) std::swap(question.from_s, question.to_s);
    if (Below(3) == 0) question.compare_to = "previous_period";
    return question;
  }

  void Ask() {
    const Question question = NextQuestion();
    const std::string query = QueryOf(question);
    SCOPED_TRACE(query);
    const auto request = ParseReportRequest(query, *zones_);
    ASSERT_TRUE(request.ok()) << request.error().message;
    const auto answer = RunReport({ChdbTestStore::Get(), cache_}, *request, std::nullopt, 1);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    const bool compares = !question.compare_to.empty();
    ExpectReport(question, answer->body,
                 compares ? AnswerComparison(question, rows_) : Answer(question, rows_));
    if (compares) ++comparisons_;
    for (const Tier tier : answer->tiers) ++seen_[tier];
  }

  std::mt19937 random_{20400322};
  ManualClock clock_{kBeginS * 1000};
  std::vector<Row> rows_;
  uint32_t end_offset_ = 0;
  std::unique_ptr<TimeZones> zones_;
  TierCache cache_;
  std::map<Tier, int> seen_;
  int comparisons_ = 0;
};

TEST_F(TierReportsTest, EveryReportIsTheSumOfTheRowsWhateverMaintenanceDoes) {
  MaintenanceOptions options;
  options.retention.minute_days = 2;
  Maintenance maintenance(
      options, [this] { return std::optional(clock_.NowMs()); }, ChdbTestStore::Get(), clock_,
      NullLogger());
  uint64_t hours_dropped = 0;
  uint64_t generations_dropped = 0;
  while (now_s() < kBeginS + 6 * kDayS) {
    clock_.Advance(static_cast<int64_t>(1 + Below(5 * 60)) * 60'000);
    for (size_t i = Below(3); i > 0; --i) DeliverSome();
    if (Below(3) != 0) {
      const MaintenanceSummary done = maintenance.RunPass({});
      ASSERT_TRUE(done.problems.empty()) << done.problems.front();
      hours_dropped += done.minute_hours_dropped;
      generations_dropped += done.generations_dropped;
    }
    for (int i = 0; i < 3 && !HasFailure(); ++i) Ask();
    if (HasFailure()) return;
  }
  for (const Tier tier : {Tier::kMinute, Tier::kHour, Tier::kDay}) {
    EXPECT_GT(seen_[tier], 10) << TierName(tier);
  }
  EXPECT_GT(comparisons_, 10);
  EXPECT_GT(hours_dropped, 24u);
  EXPECT_GT(generations_dropped, 10u);
}

}  // namespace
}  // namespace adtally
