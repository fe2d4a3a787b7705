#include "reporting/compared_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/rfc3339.h"
#include "store/chdb_test_support.h"

namespace adtally {
namespace {

using testing::StartsWith;

class ComparedRangeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto zones = TimeZones::Load(ChdbTestStore::Get());
    ASSERT_TRUE(zones.ok()) << zones.error().message;
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
  }

  // "FROM TO", or the problem.
  std::string ComparedRange(const std::string& query) {
    const auto request = ParseReportRequest(query, *zones_);
    if (!request.ok()) return request.error().message;
    Store& store = ChdbTestStore::Get();
    ConstantAnswers known;
    const auto range =
        ResolveTimeRange(store, known, request->from, request->to, request->time_zone);
    if (!range.ok()) return range.error().message;
    const auto comparison = ResolveComparison(store, known, *request, *range);
    if (!comparison.ok()) {
      EXPECT_EQ(comparison.error().code, ErrorCode::kInvalidArgument);
      return comparison.error().message;
    }
    const TimeRange& compared = comparison->range;
    return FormatRfc3339(compared.from_s, compared.from_offset_s) + " " +
           FormatRfc3339(compared.to_s, compared.to_offset_s) +
           (comparison->by_calendar ? " by calendar" : "");
  }

  std::unique_ptr<TimeZones> zones_;
};

TEST_F(ComparedRangeTest, ThePeriodBefore) {
  const auto before = [&](const std::string& bounds) {
    return ComparedRange(bounds + "&compare_to=previous_period");
  };
  EXPECT_EQ(before("from=2026-11-08&to=2026-11-15"),
            "2026-11-01T00:00:00Z 2026-11-08T00:00:00Z by calendar");
  EXPECT_EQ(before("from=2026-11-08T06:00&to=2026-11-08T07:30"),
            "2026-11-08T04:30:00Z 2026-11-08T06:00:00Z");
  // As many days, although an hour is missing or twice there.
  EXPECT_EQ(before("from=2040-03-26&to=2040-03-28&time_zone=Europe/Berlin"),
            "2040-03-24T00:00:00+01:00 2040-03-26T00:00:00+02:00 by calendar");
  EXPECT_EQ(before("from=2040-10-29&to=2040-10-30&time_zone=Europe/Berlin"),
            "2040-10-28T00:00:00+02:00 2040-10-29T00:00:00+01:00 by calendar");
  // As many seconds, when one bound is not a midnight there.
  EXPECT_EQ(before("from=2040-03-26&to=2040-03-27T12:00&time_zone=Europe/Berlin"),
            "2040-03-24T11:00:00+01:00 2040-03-26T00:00:00+02:00");
  EXPECT_EQ(before("from=2040-11-05T00:00Z&to=2040-11-06T00:00Z&time_zone=America/New_York"),
            "2040-11-03T20:00:00-04:00 2040-11-04T19:00:00-05:00");
  EXPECT_EQ(before("from=2040-11-05T05:00Z&to=2040-11-06T05:00Z&time_zone=America/New_York"),
            "2040-11-04T00:00:00-04:00 2040-11-05T00:00:00-05:00 by calendar");
  // A day that begins at 01:00, since its midnight is skipped, is a whole day too.
  EXPECT_EQ(before("from=2018-11-04&to=2018-11-05&time_zone=America/Sao_Paulo"),
            "2018-11-03T00:00:00-03:00 2018-11-04T01:00:00-02:00 by calendar");
}

TEST_F(ComparedRangeTest, TheYearBefore) {
  const auto before = [&](const std::string& bounds) {
    return ComparedRange(bounds + "&compare_to=previous_year");
  };
  EXPECT_EQ(before("from=2026-11-08T10:30&to=2026-11-08T12:00"),
            "2025-11-08T10:30:00Z 2025-11-08T12:00:00Z by calendar");
  EXPECT_EQ(before("from=2025-02-01&to=2025-03-01"),
            "2024-02-01T00:00:00Z 2024-03-01T00:00:00Z by calendar");
  EXPECT_EQ(before("from=2024-02-29&to=2024-03-01"),
            "2023-02-28T00:00:00Z 2023-03-01T00:00:00Z by calendar");
  EXPECT_EQ(before("from=2024-02-28&to=2024-02-29"),
            "2023-02-28T00:00:00Z 2023-03-01T00:00:00Z by calendar");
  EXPECT_EQ(before("from=2024-02-29T10:00&to=2024-02-29T12:00"),
            "2023-02-28T10:00:00Z 2023-02-28T12:00:00Z by calendar");
  // The same time on the clock, whatever it was from UTC that day.
  EXPECT_EQ(before("from=2040-03-26T09:00&to=2040-03-27&time_zone=Europe/Berlin"),
            "2039-03-26T09:00:00+01:00 2039-03-27T00:00:00+01:00 by calendar");
  EXPECT_EQ(before("from=2040-03-26T09:00Z&to=2040-03-27T00:00Z&time_zone=Europe/Berlin"),
            "2039-03-26T11:00:00+01:00 2039-03-27T02:00:00+01:00 by calendar");
}

TEST_F(ComparedRangeTest, RefusesWhatHasNothingBefore) {
  EXPECT_EQ(ComparedRange("from=2000-01-05&to=2000-01-20&compare_to=previous_period"),
            "compare_to: the period before begins before 2000; choose a shorter or later range");
  EXPECT_EQ(ComparedRange("from=2000-12-31&to=2001-01-02&compare_to=previous_year"),
            "compare_to: the year before begins before 2000; choose a later range");
  EXPECT_EQ(ComparedRange("from=2024-02-28T12:00&to=2024-02-29T12:00&compare_to=previous_year"),
            "compare_to: nothing is left of the range a year before, where its dates or hours "
            "(2023-02-28 12:00:00) are not in the calendar; choose a longer range, or "
            "previous_period");
  EXPECT_THAT(ComparedRange("from=2040-03-27T02:00&to=2040-03-27T03:00&time_zone=Europe/Berlin"
                            "&compare_to=previous_year"),
              StartsWith("compare_to: nothing is left of the range a year before"));
}

}  // namespace
}  // namespace adtally
