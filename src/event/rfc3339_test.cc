#include "event/rfc3339.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/base64url.h"

namespace adtally {
namespace {

TEST(Rfc3339, ReadsUtcOffsetsAndFractions) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseRfc3339("2026-11-23T12:00:00Z"), 1'795'435'200'000);
  EXPECT_EQ(ParseRfc3339("2026-11-23T13:00:00+01:00"), 1'795'435'200'000);
  EXPECT_EQ(ParseRfc3339("2026-11-23 06:30:00-05:30"), 1'795'435'200'000);
  EXPECT_EQ(ParseRfc3339("2026-11-23t12:00:00.5z"), 1'795'435'200'500);
  EXPECT_EQ(ParseRfc3339("2026-11-23T12:00:00.0079999Z"), 1'795'435'200'007);
  EXPECT_EQ(ParseRfc3339("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  EXPECT_EQ(ParseRfc3339("2016-12-31T23:59:60Z"), 1'483'228'800'000);
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const char* bad :
       {"", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23T12:00Z", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T12:60:00Z",
        "2026-11-23T12:00:61Z", "2026-11-23T12:00:00.Z", "2026-11-23T12:00:00Z ",
        "2026-11-23T12:00:00+0100", "2026-11-23T12:00:00+24:00", "20261-11-23T12:00:00Z",
        "2026-11-23T12:00:00+01:60", "-026-11-23T12:00:00Z", "1790000000000"}) {
    EXPECT_EQ(ParseRfc3339(bad), std::nullopt) << bad;
  }
}

TEST(Rfc3339, WrittenTimesAreReadBack) {
  EXPECT_EQ(FormatRfc3339(1'795'435'200'500), "2026-11-23T12:00:00.500Z");
  EXPECT_TRUE(rc::check([] {
    const int64_t ms = *rc::gen::inRange<int64_t>(-60'000'000'000'000, 250'000'000'000'000);
    RC_ASSERT(ParseRfc3339(FormatRfc3339(ms)) == ms);
  }));
}

TEST(Base64Url, RoundTripsAndHasOneTextPerBytes) {
  EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
  EXPECT_EQ(DecodeBase64Url("-_8"), "\xfb\xff");
  for (const char* bad : {"A", "-_9", "AA==", "A+/A", "AB C", "AB"}) {
    EXPECT_EQ(DecodeBase64Url(bad), std::nullopt) << bad;
  }
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    RC_ASSERT(DecodeBase64Url(EncodeBase64Url(bytes)) == bytes);
  }));
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto bytes = DecodeBase64Url(text);
    if (bytes) RC_ASSERT(EncodeBase64Url(*bytes) == text);
  }));
}

}  // namespace
}  // namespace adtally
