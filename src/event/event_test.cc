#include "event/event.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

Event GoodEvent() {
  Event event;
  event.event_id = "e-1";
  event.type = EventType::kClick;
  event.time = EventTime{1'790'000'000'000};
  event.dimensions = {1, 2, 3, 4, Device::kMobile, *ParseCountry("US"), *ParseRegion("CA")};
  event.cost_micros = 250'000;
  return event;
}

template <class Change>
EventField After(Change change) {
  Event event = GoodEvent();
  change(event);
  return FirstInvalidField(event);
}

TEST(Event, NamesAreParsedBack) {
  for (int i = 1; i <= 3; ++i) {
    const auto type = static_cast<EventType>(i);
    EXPECT_EQ(ParseEventType(EventTypeName(type)), type);
  }
  for (int i = 0; i <= 4; ++i) {
    const auto device = static_cast<Device>(i);
    EXPECT_EQ(ParseDevice(DeviceName(device)), device);
  }
  for (int i = 0; i < kInvalidReasons; ++i) {
    const auto reason = static_cast<InvalidReason>(i);
    EXPECT_EQ(ParseInvalidReason(InvalidReasonName(reason)), reason);
  }
  EXPECT_EQ(ParseEventType("Click"), std::nullopt);
  EXPECT_EQ(ParseDevice(""), std::nullopt);
  EXPECT_EQ(EventTypeName(EventType{0}), "unknown");
  EXPECT_EQ(EventTypeName(EventType{255}), "unknown");
  EXPECT_EQ(DeviceName(Device{9}), "unknown");
}

TEST(Event, CountriesAreTwoUpperCaseLettersOrUnknown) {
  EXPECT_EQ(ParseCountry("DE")->view(), "DE");
  EXPECT_TRUE(ParseCountry("")->empty());
  for (const char* bad : {"D", "DEU", "de", "D1", "  "}) EXPECT_FALSE(ParseCountry(bad)) << bad;
}

TEST(Event, RegionsAreUpToThreeLettersOrDigits) {
  for (const char* good : {"", "9", "CA", "ENG", "01"}) {
    ASSERT_TRUE(ParseRegion(good)) << good;
    EXPECT_EQ(ParseRegion(good)->view(), good);
  }
  for (const char* bad : {"ABCD", "ca", "A-1", " "}) EXPECT_FALSE(ParseRegion(bad)) << bad;
}

TEST(Event, EventIdsAreShortAndPrintable) {
  EXPECT_TRUE(IsValidEventId("x"));
  EXPECT_TRUE(IsValidEventId(std::string(64, 'x')));
  EXPECT_TRUE(IsValidEventId("caf\xc3\xa9 ~ \xf0\x9f\x98\x80"));
  EXPECT_FALSE(IsValidEventId(""));
  EXPECT_FALSE(IsValidEventId(std::string(65, 'x')));
  // Each byte at each place, in the part that is checked by words and in the rest.
  for (size_t at = 0; at < 19; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string id(19, 'x');
      id[at] = static_cast<char>(byte);
      EXPECT_EQ(IsValidEventId(id), byte >= 0x20 && byte != 0x7f) << at << " " << byte;
    }
  }
}

TEST(Event, FirstInvalidFieldNamesEachField) {
  EXPECT_EQ(FirstInvalidField(GoodEvent()), EventField::kNone);
  EXPECT_EQ(After([](Event& e) { e.event_id = "a\nb"; }), EventField::kEventId);
  EXPECT_EQ(After([](Event& e) { e.type = EventType{0}; }), EventField::kType);
  EXPECT_EQ(After([](Event& e) { e.type = EventType{4}; }), EventField::kType);
  EXPECT_EQ(After([](Event& e) { e.time = kMinEventTime - 1; }), EventField::kTimestamp);
  EXPECT_EQ(After([](Event& e) { e.time = kMaxEventTime; }), EventField::kTimestamp);
  EXPECT_EQ(After([](Event& e) { e.dimensions.advertiser_id = 0; }), EventField::kAdvertiserId);
  EXPECT_EQ(After([](Event& e) { e.dimensions.campaign_id = 0; }), EventField::kCampaignId);
  EXPECT_EQ(After([](Event& e) { e.dimensions.ad_group_id = 0; }), EventField::kAdGroupId);
  EXPECT_EQ(After([](Event& e) { e.dimensions.creative_id = 0; }), EventField::kCreativeId);
  EXPECT_EQ(After([](Event& e) { e.dimensions.device = Device{5}; }), EventField::kDevice);
  EXPECT_EQ(After([](Event& e) { e.dimensions.country.chars = {'U', 0}; }), EventField::kCountry);
  EXPECT_EQ(After([](Event& e) { e.dimensions.country.chars = {0, 'S'}; }), EventField::kCountry);
  EXPECT_EQ(After([](Event& e) {
              e.dimensions.region.chars = {'A', 0, 'B'};
            }),
            EventField::kRegion);
  EXPECT_EQ(After([](Event& e) { e.cost_micros = -1; }), EventField::kCostMicros);
  EXPECT_EQ(After([](Event& e) { e.cost_micros = kMaxMicrosPerEvent + 1; }),
            EventField::kCostMicros);
  EXPECT_EQ(After([](Event& e) { e.value_micros = -1; }), EventField::kValueMicros);
  const std::string long_order(65, 'x');
  EXPECT_EQ(After([&](Event& e) { e.order_id = long_order; }), EventField::kOrderId);
  EXPECT_EQ(After([](Event& e) { e.click_time = EventTime{1}; }), EventField::kClickTime);
  EXPECT_EQ(After([](Event& e) { e.invalid_reason = InvalidReason{2}; }),
            EventField::kInvalidReason);
}

}  // namespace
}  // namespace adtally
