#include "counting/minute_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "testing/naive_counter.h"
#include "testing/random_log.h"

namespace adtally {
namespace {

std::vector<Event> RandomEvents(uint64_t seed, int records) {
  RandomLog log(seed, {.broken_record = 0});
  std::vector<Event> events;
  for (int i = 0; i < records; ++i) {
    for (const auto& item : log.Next().items) events.push_back(item.event);
  }
  return events;
}

void Add(MinuteRows& rows, const Event& event) {
  const EventDelta delta = DeltaOf(event);
  rows.Prefetch(delta);
  rows.Add({&delta, 1});
}

TEST(MinuteRows, SumsByMinuteAndDimensionsInAnyOrder) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<EventDelta> deltas;
    for (const Event& event : RandomEvents(seed, 300)) {
      const EventDelta delta = DeltaOf(event);
      deltas.push_back(event.cost_micros % 3 == 0 ? AsDuplicate(delta) : delta);
    }
    MinuteRows forward;
    for (const EventDelta& delta : deltas) forward.Add({&delta, 1});
    std::shuffle(deltas.begin(), deltas.end(), std::mt19937_64(seed));
    MinuteRows shuffled;
    for (const EventDelta& delta : deltas) shuffled.Add({&delta, 1});
    const std::vector<MinuteRow> rows = forward.Sorted();
    EXPECT_EQ(rows, shuffled.Sorted());
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                               [](const auto& a, const auto& b) { return a.key < b.key; }));
    EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end(),
                                 [](const auto& a, const auto& b) { return a.key == b.key; }),
              rows.end());
  }
}

TEST(MinuteRows, KeepsEveryPartOfTheKey) {
  Event event;
  event.type = EventType::kClick;
  event.time = EventTime(1'790'000'000'000 + 59 * kMillisPerMinute);
  event.dimensions = {4'000'000'000, 4'100'000'000,       4'200'000'000,      4'294'967'295,
                      Device::kTv,   *ParseCountry("ZW"), *ParseRegion("Z9Z")};
  event.cost_micros = 7;
  MinuteRows rows;
  Add(rows, event);
  const auto sorted = rows.Sorted();
  ASSERT_EQ(sorted.size(), 1u);
  EXPECT_EQ(sorted[0].key.minute.value, event.time.value / kMillisPerMinute);
  EXPECT_EQ(sorted[0].key.dimensions, event.dimensions);
  EXPECT_EQ(sorted[0].measures.clicks, 1u);
  EXPECT_EQ(sorted[0].measures.spend_micros, 7);
}

TEST(MinuteRows, InvalidEventsAreCountedApartAndCostNothing) {
  Event event;
  event.type = EventType::kImpression;
  event.invalid_reason = InvalidReason::kBot;
  event.time = EventTime(1'790'000'000'000);
  event.cost_micros = 5;
  MinuteRows rows;
  Add(rows, event);
  const auto sorted = rows.Sorted();
  EXPECT_EQ(sorted[0].measures.invalid_impressions, 1u);
  EXPECT_EQ(sorted[0].measures.impressions, 0u);
  EXPECT_EQ(sorted[0].measures.spend_micros, 0);
}

TEST(MinuteRows, DuplicatesAreCountedInTheirRowAndAddNothingElse) {
  Event event;
  event.time = EventTime(1'790'000'000'000);
  event.dimensions.campaign_id = 7;
  event.cost_micros = 5;
  event.value_micros = 6;
  MinuteRows rows;
  const auto add_duplicate = [&](EventType type, uint32_t campaign_id, InvalidReason reason) {
    event.type = type;
    event.invalid_reason = reason;
    event.dimensions.campaign_id = campaign_id;
    const EventDelta delta = AsDuplicate(DeltaOf(event));
    rows.Add({&delta, 1});
  };
  add_duplicate(EventType::kClick, 7, InvalidReason::kNone);
  add_duplicate(EventType::kClick, 7, InvalidReason::kBot);
  add_duplicate(EventType::kImpression, 8, InvalidReason::kNone);
  event.invalid_reason = InvalidReason::kNone;
  event.dimensions.campaign_id = 7;
  event.type = EventType::kConversion;
  Add(rows, event);
  add_duplicate(EventType::kConversion, 7, InvalidReason::kNone);
  const auto sorted = rows.Sorted();
  ASSERT_EQ(sorted.size(), 2u);
  Measures expected;
  expected.conversions = 1;
  expected.duplicate_clicks = 2;
  expected.duplicate_conversions = 1;
  expected.spend_micros = 5;
  expected.conversion_value_micros = 6;
  EXPECT_EQ(sorted[0].measures, expected);
  EXPECT_EQ(sorted[1].key.dimensions.campaign_id, 8u);
  expected = {};
  expected.duplicate_impressions = 1;
  EXPECT_EQ(sorted[1].measures, expected);
}

TEST(MinuteRows, ClearForgetsAndGrowsAgain) {
  MinuteRows rows;
  Event event;
  event.time = EventTime(1'790'000'000'000);
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 1; i <= 5000; ++i) {
      event.dimensions.campaign_id = i;
      Add(rows, event);
    }
    EXPECT_EQ(rows.size(), 5000u);
    rows.Clear();
    EXPECT_EQ(rows.size(), 0u);
    EXPECT_TRUE(rows.Sorted().empty());
  }
}

}  // namespace
}  // namespace adtally
