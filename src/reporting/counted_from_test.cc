// What a store has counted since it was upgraded, asked of the real engine. That reports by click
// time are refused before is in click_report_test.cc.
#include "reporting/counted_from.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "reporting/migration_times_test_support.h"
#include "reporting/report.h"

namespace adtally {
namespace {

using testing::HasSubstr;

class CountedFromTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table : {"minute", "tier_status", "tier_floor"}) ChdbTestStore::Clear(table);
  }
  void TearDown() override { PretendMigrated(kDuplicatesMigration, "now()", "now()"); }

  static Store& store() { return ChdbTestStore::Get(); }

  static int64_t DuplicatesCountedFrom() {
    ConstantAnswers nothing_known;
    return CountedFrom(store(), nothing_known, kDuplicatesMigration).value();
  }

  static std::string Ask(const std::string& query) {
    const auto request = ParseReportRequest(query, TimeZones({"UTC"}));
    EXPECT_TRUE(request.ok()) << request.error().message;
    TierCache tiers;  // which remembers when the schema was migrated
    const auto answer = RunReport({store(), tiers}, *request, std::nullopt, std::nullopt);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? answer->body : "";
  }
};

TEST_F(CountedFromTest, AnUpgradedStoreCountsFromTheSecondWholeHourAfter) {
  PretendMigrated(kDuplicatesMigration, "'2030-01-01 00:00:00'", "'2030-03-05 10:20:30'");
  EXPECT_EQ(DuplicatesCountedFrom(), 1'898'942'400);  // 2030-03-05T12:00:00Z
  PretendMigrated(kDuplicatesMigration, "'2030-03-05 10:20:20'", "'2030-03-05 10:20:30'");
  EXPECT_EQ(DuplicatesCountedFrom(), 0) << "a new store";
}

TEST_F(CountedFromTest, AReportSaysWhereItDoesNotHaveAllDuplicates) {
  PretendMigrated(kDuplicatesMigration, "'2030-01-01 00:00:00'", "'2030-03-05 10:20:30'");
  const std::string query =
      "to=2030-03-06&metrics=clicks,invalid_clicks,duplicate_clicks,gross_clicks,invalid_click_rate"
      "&from=2030-03-05";
  EXPECT_THAT(Ask(query + "T11:59"),
              HasSubstr(R"("exact":{"clicks":true,"invalid_clicks":true,"duplicate_clicks":false,)"
                        R"("gross_clicks":false,"invalid_click_rate":false}})"));
  EXPECT_THAT(Ask(query + "T12:00"),
              HasSubstr(R"("exact":{"clicks":true,"invalid_clicks":true,"duplicate_clicks":true,)"
                        R"("gross_clicks":true,"invalid_click_rate":true}})"));
  // The range before is not whole.
  EXPECT_THAT(Ask(query + "T12:00&compare_to=previous_period"),
              HasSubstr(R"("duplicate_clicks":false)"));
}

}  // namespace
}  // namespace adtally
