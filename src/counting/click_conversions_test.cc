#include "counting/click_conversions.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

constexpr int64_t kConverted = 1'790'000'000'000;

Event ConversionAfter(int64_t age_ms) {
  Event event;
  event.event_id = "e";
  event.type = EventType::kConversion;
  event.time = EventTime(kConverted);
  event.click_time = EventTime(kConverted - age_ms);
  event.dimensions = {1, 2, 3, 4, Device::kMobile, *ParseCountry("US"), *ParseRegion("CA")};
  event.value_micros = 5;
  return event;
}

TEST(ClickConversions, AreOfTheirClickUnlessItsTimeCannotBeRight) {
  for (const int64_t age_ms : {int64_t{0}, int64_t{1}, kMaxClickAgeMs}) {
    const Event event = ConversionAfter(age_ms);
    EXPECT_EQ(CountedClickTime(event), event.click_time) << age_ms;
  }
  for (const int64_t age_ms : {int64_t{-1}, -kMillisPerHour, kMaxClickAgeMs + 1, kConverted}) {
    EXPECT_EQ(CountedClickTime(ConversionAfter(age_ms)), EventTime(kConverted)) << age_ms;
  }
  // A click time of 0 is none, which is what an age of kConverted is.
  EXPECT_EQ(ConversionAfter(kConverted).click_time, EventTime());
}

TEST(ClickConversions, FoldByTheMinuteOfTheClick) {
  ClickConversions rows;
  Event event = ConversionAfter(90 * 24 * kMillisPerHour);
  rows.Add(ClickConversionOf(event, 0).delta);
  event.time = event.time + 24 * kMillisPerHour;
  rows.Add(ClickConversionOf(event, 1).delta);
  event.invalid_reason = InvalidReason::kBot;
  rows.Add(ClickConversionOf(event, 2).delta);
  ASSERT_EQ(rows.size(), 1u);
  const auto sorted = rows.Sorted();
  ASSERT_EQ(sorted.size(), 1u);
  EXPECT_EQ(sorted[0].key.minute,
            Minute(static_cast<uint32_t>(event.click_time.value / kMillisPerMinute)));
  EXPECT_EQ(sorted[0].key.dimensions, event.dimensions);
  EXPECT_EQ(sorted[0].key.month(), 202606u);
  EXPECT_EQ(sorted[0].conversions, 2u);
  EXPECT_EQ(sorted[0].invalid_conversions, 1u);
  EXPECT_EQ(sorted[0].conversion_value_micros, 10);
  rows.Clear();
  EXPECT_TRUE(rows.Sorted().empty());
}

}  // namespace
}  // namespace adtally
