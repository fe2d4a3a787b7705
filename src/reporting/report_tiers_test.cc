// Reports over random states of the tiers: the answer is the oracle's, whatever it was read from,
// or a problem exactly where the tiers cannot give it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <utility>

#include "reporting/comparison_oracle_test_support.h"
#include "reporting/report.h"
#include "reporting/report_expect_test_support.h"
#include "reporting/report_oracle_test_support.h"
#include "reporting/tier_answers_test_support.h"
#include "reporting/tier_world_test_support.h"
#include "store/chdb_test_support.h"

namespace adtally {
namespace {

using namespace report_oracle;

constexpr int kQuestions = 50;  // a world

// Another first seed, and more or fewer worlds, by the environment.
uint32_t FromEnvironment(const char* name, uint32_t absent) {
  const char* text = std::getenv(name);
  return text == nullptr ? absent : static_cast<uint32_t>(std::stoul(text));
}

class Questions {
 public:
  Questions(std::mt19937& random, const TierWorld& world) : random_(random), world_(world) {}

  Question Next() {
    Question question;
    const bool names = Below(2) == 0;
    if (names) Name(question);
    question.zone = Zone(question);
    question.granularity = std::array{Granularity::kTotal, Granularity::kHour, Granularity::kDay,
                                      Granularity::kDay, Granularity::kMinute}[Below(5)];
    question.from_s = Bound(question.zone);
    do question.to_s = Bound(question.zone);
    while (question.to_s == question.from_s);
    if (question.from_s > question.to_s) std::swap(question.from_s, question.to_s);
    if (question.granularity == Granularity::kMinute) {
      question.to_s = std::min(question.to_s, question.from_s + 7 * kDayS);
    }
    std::vector<size_t> places = {0, 1, 2, 3, 4, 5, 6};
    std::shuffle(places.begin(), places.end(), random_);
    question.groups.assign(places.begin(), places.begin() + static_cast<int>(Below(3)));
    if (Below(3) == 0) question.filters[4] = {std::string(kDevices[Below(3)])};
    if (Below(5) == 0) question.filters[5] = {"", "DE"};
    question.metrics = {"clicks",         "spend",        "impressions",
                        "invalid_clicks", "gross_clicks", "conversion_value"};
    std::shuffle(question.metrics.begin(), question.metrics.end(), random_);
    question.metrics.resize(1 + Below(question.metrics.size()));
    if (Below(3) == 0) {
      question.compare_to = Below(8) == 0 ? "previous_year" : "previous_period";
      const auto columns = NumberColumns(question);
      if (Below(2) == 0) question.order_metric = columns[Below(columns.size())];
    }
    return question;
  }

 private:
  size_t Below(size_t n) { return random_() % n; }

  void Name(Question& question) {
    for (size_t i = 1 + Below(2); i > 0; --i) {
      question.filters[0].insert(std::to_string(1 + Below(Below(8) == 0 ? 9 : 6)));
    }
  }

  // Often that of an advertiser.
  std::string Zone(const Question& question) {
    if (Below(4) == 0) return std::array{"UTC", "America/New_York", "Asia/Kolkata"}[Below(3)];
    const auto named = question.filters.find(0);
    const auto id = named == question.filters.end()
                        ? static_cast<uint32_t>(1 + Below(6))
                        : static_cast<uint32_t>(std::stoul(*named->second.begin()));
    const auto account = world_.accounts().find(id);
    return account == world_.accounts().end() ? "UTC" : account->second.zone;
  }

  // Mostly a midnight, sometimes an hour, a quarter of one, or any minute.
  int64_t Bound(const std::string& zone) {
    const int64_t from_s = world_.begin_s() - 2 * kDayS;
    const auto minutes = static_cast<size_t>((world_.end_s() + 2 * kDayS - from_s) / 60);
    const int64_t at_s = from_s + static_cast<int64_t>(Below(minutes)) * 60;
    switch (Below(12)) {
      case 0:
        return at_s - at_s % 900;
      case 1:
        return Below(2) == 0 ? at_s : at_s - at_s % 3600;
      case 2:
      case 3:
        return at_s - at_s % 3600;
      case 4:
        return BucketStart(Granularity::kHour, zone, at_s);
      default:
        return BucketStart(Granularity::kDay, zone, at_s);
    }
  }

  std::mt19937& random_;
  const TierWorld& world_;
};

class ReportTiersTest : public testing::Test {
 protected:
  struct Seen {
    std::map<std::string, uint32_t> tiers;  // how many answers were read from it
    uint32_t answers = 0;
    uint32_t comparisons = 0;  // of them
    uint32_t problems = 0;
    uint32_t compared_problems = 0;  // where the range itself could be answered
  };

  void SetUp() override {
    auto zones = TimeZones::Load(ChdbTestStore::Get());
    ASSERT_TRUE(zones.ok()) << zones.error().message;
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
  }

  static void TearDownTestSuite() { ClearTiers(); }

  // `own`: the advertiser that the question names asks it without naming itself.
  void Ask(TierWorld& world, const Question& question, bool own) {
    Question asked = question;
    Scope scope;
    if (own && question.filters.contains(0) && question.filters.at(0).size() == 1) {
      scope = static_cast<uint32_t>(std::stoul(*question.filters.at(0).begin()));
      asked.filters.erase(0);
    }
    const std::string query = QueryOf(asked);
    SCOPED_TRACE(query + " of " + std::to_string(scope.value_or(0)));
    const auto request = ParseReportRequest(query, *zones_);
    ASSERT_TRUE(request.ok()) << request.error().message;
    const auto answer =
        RunReport({ChdbTestStore::Get(), cache_, &world.archive()}, *request, scope, 1);
    const bool compares = !question.compare_to.empty();
    const bool own_range = CanAnswer(world, question);
    if (!own_range || (compares && !CanAnswer(world, ComparedQuestion(question)))) {
      ASSERT_FALSE(answer.ok()) << "answered from what is not kept: " << answer->body;
      EXPECT_EQ(answer.error().code, ErrorCode::kInvalidArgument) << answer.error().message;
      if (own_range) {
        EXPECT_THAT(answer.error().message,
                    testing::StartsWith("compare_to: of the compared range, "));
      }
      ++(own_range ? seen_.compared_problems : seen_.problems);
      return;
    }
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    ExpectReport(
        question, answer->body,
        compares ? AnswerComparison(question, world.rows()) : Answer(question, world.rows()));
    ++seen_.answers;
    if (compares) ++seen_.comparisons;
    for (const Tier tier : answer->tiers) ++seen_.tiers[std::string(TierName(tier))];
  }

  std::unique_ptr<TimeZones> zones_;
  TierCache cache_;
  Seen seen_;
};

TEST_F(ReportTiersTest, AnswersAreTheOraclesWhateverTheTiers) {
  const uint32_t first = FromEnvironment("ADTALLY_TIERS_FIRST_SEED", 1);
  const uint32_t worlds = FromEnvironment("ADTALLY_TIERS_SEEDS", 4);
  for (uint32_t seed = first; seed < first + worlds; ++seed) {
    SCOPED_TRACE("again: ADTALLY_TIERS_FIRST_SEED=" + std::to_string(seed) +
                 " ADTALLY_TIERS_SEEDS=1");
    TierWorld world(seed, seed % 2 == 0 ? kSpring : kAutumn - 12 * kDayS);
    if (HasFatalFailure()) return;
    std::mt19937 random(seed);
    Questions questions(random, world);
    for (int j = 0; j < kQuestions && !HasFailure(); ++j) {
      Ask(world, questions.Next(), random() % 2 == 0);
    }
    if (HasFailure()) return;
  }
  // The states were as different as they should be.
  for (const auto* tier : {"minute", "hour", "day", "archive"})
    EXPECT_GT(seen_.tiers[tier], worlds) << tier;
  EXPECT_GT(seen_.answers, worlds * kQuestions / 4);
  EXPECT_GT(seen_.comparisons, worlds);
  EXPECT_GT(seen_.problems, worlds);
  EXPECT_GT(seen_.compared_problems, 0u);
}

// Counts the statements that sum rows.
class CountingStore final : public Store {
 public:
  explicit CountingStore(Store& store) : store_(store) {}
  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override {
    if (sql.find("sum_clicks") != std::string_view::npos) ++sums_;
    return store_.Query(sql, params, format);
  }
  Result<void> Insert(std::string_view into, std::string_view block,
                      std::string_view token) override {
    return store_.Insert(into, block, token);
  }
  int TakeSums() { return std::exchange(sums_, 0); }

 private:
  Store& store_;
  int sums_ = 0;
};

TEST_F(ReportTiersTest, WhatIsPublishedIsSummedOnce) {
  CountingStore store(ChdbTestStore::Get());
  Question question{.granularity = Granularity::kTotal,
                    .zone = "America/New_York",
                    .from_s = kSpring - 15 * kDayS,
                    .to_s = kSpring,
                    .metrics = {"clicks"}};
  bool published = false;
  bool minutes = false;
  for (uint32_t seed = 1; !(published && minutes); ++seed) {
    TierWorld world(seed, kSpring);
    if (HasFatalFailure()) return;
    question.to_s = seed % 2 == 0 ? kSpring : world.end_s();
    if (!CanAnswer(world, question)) continue;
    const auto request = ParseReportRequest(QueryOf(question), *zones_);
    ASSERT_TRUE(request.ok());
    TierCache cache;
    const auto ask = [&] {
      return RunReport({store, cache, &world.archive()}, *request, std::nullopt, 1);
    };
    const auto first = ask();
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_EQ(1, store.TakeSums());
    const bool has_minutes = first->tiers.front() == Tier::kMinute;
    const auto again = ask();
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(has_minutes ? 1 : 0, store.TakeSums());
    EXPECT_EQ(first->body, again->body);
    (has_minutes ? minutes : published) = true;
  }
}

TEST_F(ReportTiersTest, AnArchiveThatCannotBeReadIsAProblem) {
  uint32_t seed = 1;
  const Question question{.granularity = Granularity::kTotal,
                          .zone = "America/New_York",
                          .from_s = kSpring - 15 * kDayS,
                          .to_s = kSpring,
                          .metrics = {"clicks"}};
  while (true) {
    TierWorld world(seed++, kSpring);
    if (HasFatalFailure()) return;
    if (!CanAnswer(world, question)) continue;
    const auto request = ParseReportRequest(QueryOf(question), *zones_);
    ASSERT_TRUE(request.ok());
    const auto run = [&](ArchiveReader* archive) {
      return RunReport({ChdbTestStore::Get(), cache_, archive}, *request, std::nullopt, 1);
    };
    const auto answer = run(&world.archive());
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    if (answer->tiers.back() != Tier::kArchive) continue;

    const auto none = run(nullptr);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(none.error().message, testing::StartsWith("from: numbers before 2040-03-"));

    std::filesystem::remove_all(world.archive().place().folder + "/hour");
    const auto missing = run(&world.archive());
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(missing.error().message, testing::HasSubstr("7-1.parquet is missing"));
    return;
  }
}

}  // namespace
}  // namespace adtally
