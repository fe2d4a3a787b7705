// Money, ratios of money and gross numbers of the real engine, at the ends of their ranges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "reporting/report.h"
#include "reporting/report_oracle_test_support.h"
#include "store/chdb_test_support.h"

namespace adtally {
namespace {

using namespace report_oracle;

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();  // 9223372036854775807

class ReportMoneyTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table : {"minute", "tier_status", "tier_floor"}) ChdbTestStore::Clear(table);
  }
  static void TearDownTestSuite() { ChdbTestStore::Clear("minute"); }

  static void Insert(std::array<uint64_t, 9> counts, std::array<int64_t, 2> micros) {
    // Of different minutes, so that the store does not merge them into one.
    Row row;
    row.minute_s = kSpring + 60 * ++inserted_;
    row.ids = {1, 7, 70, 700};
    row.texts = {"mobile", "US", "CA"};
    row.counts = counts;
    row.micros = micros;
    InsertRows(std::array{row});
  }

  // The values of the report's one row, by commas.
  static std::string Values(const std::string& metrics) {
    const auto request =
        ParseReportRequest("from=2040-03-25&to=2040-03-26&metrics=" + metrics, TimeZones({"UTC"}));
    EXPECT_TRUE(request.ok()) << request.error().message;
    TierCache tiers;
    const auto answer = RunReport({ChdbTestStore::Get(), tiers}, *request, std::nullopt, 1);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    if (!answer.ok()) return "";
    const size_t at = answer->body.find("\"rows\":[[") + 9;
    return answer->body.substr(at, answer->body.find(']', at) - at);
  }

  static inline int64_t inserted_ = 0;
};

TEST_F(ReportMoneyTest, SumsGoBeyondWhatARowCanHold) {
  for (int i = 0; i < 3; ++i) Insert({1, 1, 1, 0, 0, 0, 0, 0, 0}, {kMost, kMost});
  EXPECT_EQ(Values("spend,conversion_value"), "27670116110564.327421,27670116110564.327421");
  EXPECT_EQ(Values("cpc,cpa,roas"), "9223372036854.775807,9223372036854.775807,1.000000");
  EXPECT_EQ(Values("cpm"), "9223372036854775.807000");
}

TEST_F(ReportMoneyTest, ManyEventsOfLittleMoney) {
  constexpr uint64_t kBillions = 6'000'000'000'000'000'000;
  Insert({kBillions, kBillions, kBillions, kBillions, 0, 0, 0, 0, 0}, {kMost, 1});
  EXPECT_EQ(Values("impressions,gross_impressions"), "6000000000000000000,12000000000000000000");
  // 9223372036854775807 / 6000000000000000000 = 1.537...: rounded to 2 millionths.
  EXPECT_EQ(Values("cpc,cpa,cpm"), "0.000002,0.000002,0.001537");
  EXPECT_EQ(Values("roas"), "0.000000");
  ChdbTestStore::Clear("minute");
  Insert({1, 1, 1, 0, 0, 0, 0, 0, 0}, {1, kMost});
  EXPECT_EQ(Values("roas"), "9223372036854775807.000000");
}

TEST_F(ReportMoneyTest, TheSeventhDecimalIsRoundedHalfUp) {
  Insert({8000, 2, 2000000, 0, 0, 0, 0, 0, 0}, {1, 1});
  EXPECT_EQ(Values("cpc,cpm,cpa"), "0.000001,0.000000,0.000000");  // 0.5, 0.125, 0.0000005
  ChdbTestStore::Clear("minute");
  Insert({2000, 3, 6, 0, 0, 0, 0, 0, 0}, {4'000'001, 1'000'000});
  // 1333333.67, 2000000.5, 666666.83 and 0.24999994 in millionths and as a ratio.
  EXPECT_EQ(Values("cpc,cpm,cpa,roas"), "1.333334,2.000001,0.666667,0.250000");
}

TEST_F(ReportMoneyTest, NothingIsDividedByZero) {
  Insert({0, 0, 0, 9, 9, 9, 0, 0, 0}, {0, kMost});
  EXPECT_EQ(Values("ctr,cvr,cpc,cpm,cpa,roas"), "null,null,null,null,null,null");
  EXPECT_EQ(Values("invalid_impression_rate,invalid_click_rate"), "1,1");
  ChdbTestStore::Clear("minute");
  EXPECT_EQ(Values("ctr,roas,cpc,invalid_click_rate,spend,gross_clicks"),
            "null,null,null,null,0.000000,0");
}

TEST_F(ReportMoneyTest, GrossIsNetAndInvalidAndDuplicate) {
  Insert({70, 5, 2, 20, 15, 1, 10, 12, 4}, {0, 0});
  EXPECT_EQ(Values("impressions,invalid_impressions,duplicate_impressions,gross_impressions"),
            "70,20,10,100");
  EXPECT_EQ(Values("invalid_impression_rate,duplicate_impression_rate"), "0.2,0.1");
  EXPECT_EQ(Values("clicks,invalid_clicks,duplicate_clicks,gross_clicks"), "5,15,12,32");
  EXPECT_EQ(Values("invalid_click_rate,duplicate_click_rate"), "0.46875,0.375");
  EXPECT_EQ(Values("conversions,invalid_conversions,duplicate_conversions,gross_conversions"),
            "2,1,4,7");
  // What is not shown need not be asked for.
  EXPECT_EQ(Values("gross_clicks"), "32");
}

// Any amounts, up to the largest: to the last digit what whole numbers of 128 bits give.
RC_GTEST_FIXTURE_PROP(ReportMoneyTest, RatiosAreExact, ()) {
  ChdbTestStore::Clear("minute");
  const auto micros =
      rc::gen::oneOf(rc::gen::inRange<int64_t>(0, 100), rc::gen::inRange<int64_t>(0, kMost));
  const auto count = rc::gen::oneOf(rc::gen::inRange<uint64_t>(0, 100),
                                    rc::gen::inRange<uint64_t>(0, uint64_t{1} << 62));
  const int64_t spend = *micros;
  const int64_t value = *micros;
  const std::array<uint64_t, 9> counts = {*count, *count, *count};
  Insert(counts, {spend, value});
  const auto expected = [](int64_t top, int64_t times, auto bottom_) -> std::string {
    const Int128 bottom = bottom_;
    if (bottom == 0) return "null";
    const Int128 all = Int128{top} * times;
    Int128 millionths = all / bottom;
    if (all % bottom * 2 >= bottom) ++millionths;
    std::string digits;
    for (; millionths > 0 || digits.size() < 7; millionths /= 10) {
      digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(millionths % 10)));
    }
    return digits.insert(digits.size() - 6, ".");
  };
  RC_ASSERT(Values("cpc,cpm,cpa,roas") ==
            expected(spend, 1, counts[1]) + "," + expected(spend, 1000, counts[0]) + "," +
                expected(spend, 1, counts[2]) + "," + expected(value, 1'000'000, spend));
}

}  // namespace
}  // namespace adtally
