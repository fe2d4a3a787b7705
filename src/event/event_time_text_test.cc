#include "event/event_time_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "base/rfc3339.h"

namespace adtally {
namespace {

TEST(EventTimeText, SaysWhatTheRfc3339ParserSays) {
  EXPECT_EQ(ParseEventTimeText("2026-11-23T12:00:00Z"), 1'795'435'200'000);
  EXPECT_EQ(ParseEventTimeText("2026-11-23T12:00:00.500Z"), 1'795'435'200'500);
  for (const char* text :
       {"", "Z", "2026-11-23T12:00:60Z", "2026-11-23T12:00:61Z", "2026-11-23T24:00:00Z",
        "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2100-02-29T00:00:00.000Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-11-23t12:00:00z", "2026-11-23 12:00:00Z", "2026-11-23T12:00:00+01Z",
        "2026-11-23T12:00:00.5001", "2026-11-23T12:00:00.50aZ", "0000-01-01T00:00:00Z"}) {
    EXPECT_EQ(ParseEventTimeText(text), ParseRfc3339(text)) << text;
  }
  EXPECT_TRUE(rc::check([] {
    const auto ms = *rc::gen::inRange<int64_t>(-62'167'219'200'000, 253'402'300'799'999);
    std::string text = FormatRfc3339Millis(ms);
    RC_ASSERT(ParseEventTimeText(text) == ms);
    if (*rc::gen::arbitrary<bool>()) text = text.substr(0, 19) + 'Z';
    RC_ASSERT(ParseEventTimeText(text) == ParseRfc3339(text));
    text[*rc::gen::inRange<size_t>(0, text.size())] = *rc::gen::oneOf(
        rc::gen::elementOf(std::string("0123456789-+:.TZ")), rc::gen::arbitrary<char>());
    RC_ASSERT(ParseEventTimeText(text) == ParseRfc3339(text));
  }));
}

}  // namespace
}  // namespace adtally
