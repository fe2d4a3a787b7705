#include "reporting/civil_time.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/rfc3339.h"

namespace adtally {
namespace {

constexpr int64_t kHalfPastNoonS = 1'793'536'200;  // 2026-11-01T12:30:00Z

std::optional<CivilTime> Parse(std::string_view text) {
  return ParseCivilTime(text, RoundMinute::kDown);
}

TEST(ParseCivilTime, RoundsToWholeMinutes) {
  for (const std::string_view text : {"2026-11-01T12:30:00.001Z", "2026-11-01T12:30:59.999Z"}) {
    EXPECT_EQ(ParseCivilTime(text, RoundMinute::kDown), (CivilTime{kHalfPastNoonS, 0})) << text;
    EXPECT_EQ(ParseCivilTime(text, RoundMinute::kUp), (CivilTime{kHalfPastNoonS + 60, 0})) << text;
  }
  EXPECT_EQ(ParseCivilTime("2026-11-01T12:30:00.000Z", RoundMinute::kUp),
            (CivilTime{kHalfPastNoonS, 0}));
}

TEST(ParseCivilTime, ReadsDatesMinutesAndOffsets) {
  EXPECT_EQ(Parse("2026-11-01"), (CivilTime{kHalfPastNoonS - 45'000, std::nullopt}));
  EXPECT_EQ(Parse("2026-11-01T12:30"), (CivilTime{kHalfPastNoonS, std::nullopt}));
  EXPECT_EQ(Parse("2026-11-01T12:30:00.000Z"), (CivilTime{kHalfPastNoonS, 0}));
  EXPECT_EQ(Parse("2026-11-01t12:30z"), (CivilTime{kHalfPastNoonS, 0}));
  EXPECT_EQ(Parse("2026-11-01T12:30:00+05:45"), (CivilTime{kHalfPastNoonS, 20'700}));
  EXPECT_EQ(Parse("2026-11-01T12:30:00-03:30"), (CivilTime{kHalfPastNoonS, -12'600}));
  EXPECT_EQ(Parse("2026-11-01T12:30:00 02:00"), (CivilTime{kHalfPastNoonS, 7'200}));
  EXPECT_TRUE(Parse("2024-02-29"));
}

TEST(ParseCivilTime, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "2026",
                                      "2026-11",
                                      "2026-13-01",
                                      "2026-02-29",
                                      "2026-11-31",
                                      "1999-12-31",
                                      "2100-01-01",
                                      "2026-11-01T",
                                      "2026-11-01T24:00",
                                      "2026-11-01T12:60",
                                      "2026-11-01T12:30:60",
                                      "2026-11-01T12:30:5Z",
                                      "2026-11-01T12:30+0200",
                                      "2026-11-01T12:30+24:00",
                                      "2026-11-01Z",
                                      "2026-11-01T12:30Zx",
                                      " 2026-11-01",
                                      "2026-11-01 ",
                                      "+026-11-01",
                                      "2026-11-01T12:30:00.Z",
                                      "now",
                                      "1793000000"}) {
    EXPECT_FALSE(Parse(text)) << text;
  }
}

TEST(FormatWallTime, WritesItAsClickHouseDoes) {
  EXPECT_EQ(FormatWallTime(kHalfPastNoonS), "2026-11-01 12:30:00");
}

TEST(ParseCivilTime, ReadsBackWhatReportsShow) {
  EXPECT_TRUE(rc::check([] {
    const int64_t utc_s = *rc::gen::inRange<int64_t>(15'780'000, 68'000'000) * 60;
    const int32_t offset_s = *rc::gen::inRange(-14 * 60, 14 * 60) * 60;
    const auto time = Parse(FormatRfc3339(utc_s, offset_s));
    RC_ASSERT(time.has_value());
    RC_ASSERT(time->wall_s - *time->offset_s == utc_s);
  }));
}

}  // namespace
}  // namespace adtally
