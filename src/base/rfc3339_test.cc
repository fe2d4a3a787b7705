#include "base/rfc3339.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace adtally {
namespace {

constexpr int64_t kHalfPastNoonS = 1'793'536'200;  // 2026-11-01T12:30:00Z

TEST(ParseRfc3339, ReadsUtcOffsetsAndFractions) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseRfc3339("2026-11-23T12:00:00Z"), 1'795'435'200'000);
  EXPECT_EQ(ParseRfc3339("2026-11-23T13:00:00+01:00"), 1'795'435'200'000);
  EXPECT_EQ(ParseRfc3339("2026-11-23 06:30:00-05:30"), 1'795'435'200'000);
  EXPECT_EQ(ParseRfc3339("2026-11-23t12:00:00.5z"), 1'795'435'200'500);
  EXPECT_EQ(ParseRfc3339("2026-11-23T12:00:00.0079999Z"), 1'795'435'200'007);
  EXPECT_EQ(ParseRfc3339("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  EXPECT_EQ(ParseRfc3339("2016-12-31T23:59:60Z"), 1'483'228'800'000);
}

TEST(ParseRfc3339, RefusesEverythingElse) {
  for (const char* bad :
       {"", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23T12:00Z", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T12:60:00Z",
        "2026-11-23T12:00:61Z", "2026-11-23T12:00:00.Z", "2026-11-23T12:00:00Z ",
        "2026-11-23T12:00:00+0100", "2026-11-23T12:00:00+24:00", "20261-11-23T12:00:00Z",
        "2026-11-23T12:00:00 01:00", "2026-11-23T12:00:00+01:60", "-026-11-23T12:00:00Z",
        "1790000000000"}) {
    EXPECT_EQ(ParseRfc3339(bad), std::nullopt) << bad;
  }
}

TEST(FormatRfc3339, ShowsOffsets) {
  EXPECT_EQ(FormatRfc3339(kHalfPastNoonS, std::nullopt), "2026-11-01T12:30:00Z");
  EXPECT_EQ(FormatRfc3339(kHalfPastNoonS, 0), "2026-11-01T12:30:00+00:00");
  EXPECT_EQ(FormatRfc3339(kHalfPastNoonS, 20'700), "2026-11-01T18:15:00+05:45");
  EXPECT_EQ(FormatRfc3339(kHalfPastNoonS, -12'600), "2026-11-01T09:00:00-03:30");
}

TEST(FormatRfc3339, ShowsMilliseconds) {
  EXPECT_EQ(FormatRfc3339Millis(kHalfPastNoonS * 1000 + 7), "2026-11-01T12:30:00.007Z");
  EXPECT_EQ(FormatRfc3339Millis(-1), "1969-12-31T23:59:59.999Z");
}

TEST(FormatRfc3339, IsReadBack) {
  EXPECT_TRUE(rc::check([] {
    const int64_t ms = *rc::gen::inRange<int64_t>(-60'000'000'000'000, 250'000'000'000'000);
    RC_ASSERT(ParseRfc3339(FormatRfc3339Millis(ms)) == ms);
  }));
  EXPECT_TRUE(rc::check([] {
    const int64_t utc_s = *rc::gen::inRange<int64_t>(946'684'800, 4'102'444'800);
    const int32_t offset_s = *rc::gen::inRange(-14 * 60, 14 * 60) * 60;
    RC_ASSERT(ParseRfc3339(FormatRfc3339(utc_s, offset_s)) == utc_s * 1000);
  }));
}

}  // namespace
}  // namespace adtally
