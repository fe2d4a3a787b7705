#pragma once

// For tests only: valid events of every shape, for RapidCheck.
#include <rapidcheck.h>

#include <ostream>
#include <string>

#include "event/event.h"

namespace adtally {

// An event that owns its texts.
struct OwnedEvent {
  Event fields;  // its views are not set
  std::string event_id;
  std::string order_id;

  Event Get() const {
    Event event = fields;
    event.event_id = event_id;
    event.order_id = order_id;
    return event;
  }
};

// Every field that the log keeps, as text: to compare and to print.
inline std::string Describe(const Event& e) {
  const Dimensions& d = e.dimensions;
  std::string text;
  for (const std::string_view part :
       {e.event_id, EventTypeName(e.type), DeviceName(d.device), d.country.view(), d.region.view(),
        e.order_id, InvalidReasonName(e.invalid_reason)}) {
    text += std::string(part) + "|";
  }
  for (const int64_t number :
       {e.time.value, int64_t{d.advertiser_id}, int64_t{d.campaign_id}, int64_t{d.ad_group_id},
        int64_t{d.creative_id}, e.cost_micros, e.value_micros, e.click_time.value}) {
    text += std::to_string(number) + "|";
  }
  return text + std::to_string(e.user_hash);
}

inline std::ostream& operator<<(std::ostream& out, const OwnedEvent& event) {
  return out << Describe(event.Get());
}

// Text that is valid UTF-8 and full of what JSON has to escape.
inline rc::Gen<std::string> ArbitraryText(int min_parts, int max_parts) {
  const auto part = rc::gen::element<std::string>("a", "Z", "7", "-", "\"", "\\", "/", "u0041", "é",
                                                  "€", "😀", "{", "}", "[", ",", ":", " ");
  return rc::gen::mapcat(rc::gen::inRange(min_parts, max_parts + 1), [part](int count) {
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(count, part),
                        [](const std::vector<std::string>& parts) {
                          std::string text;
                          for (const std::string& p : parts) text += p;
                          return text;
                        });
  });
}

inline rc::Gen<OwnedEvent> ArbitraryEvent() {
  return rc::gen::exec([] {
    const auto id = [] {
      return *rc::gen::oneOf(rc::gen::inRange<uint32_t>(1, 300),
                             rc::gen::element<uint32_t>(1, 4294967295U, 2147483648U));
    };
    const auto time = [] {
      return EventTime{
          *rc::gen::oneOf(rc::gen::inRange(kMinEventTime.value, kMaxEventTime.value),
                          rc::gen::element(kMinEventTime.value, kMaxEventTime.value - 1))};
    };
    const auto micros = [] {
      return *rc::gen::oneOf(rc::gen::inRange<int64_t>(0, 1'000'000),
                             rc::gen::element<int64_t>(0, kMaxMicrosPerEvent));
    };
    OwnedEvent owned;
    Event& e = owned.fields;
    // At most four bytes a part.
    owned.event_id = *ArbitraryText(1, 12);
    owned.order_id = *ArbitraryText(0, 12);
    e.type = *rc::gen::element(EventType::kImpression, EventType::kClick, EventType::kConversion);
    e.invalid_reason = *rc::gen::element(InvalidReason::kNone, InvalidReason::kBot);
    e.time = time();
    e.dimensions.advertiser_id = id();
    e.dimensions.campaign_id = id();
    e.dimensions.ad_group_id = id();
    e.dimensions.creative_id = id();
    e.dimensions.device = static_cast<Device>(*rc::gen::inRange(0, 5));
    e.dimensions.country = *ParseCountry(*rc::gen::element<std::string>("", "US", "DE", "ZZ"));
    e.dimensions.region = *ParseRegion(*rc::gen::element<std::string>("", "CA", "9", "A0Z"));
    e.cost_micros = micros();
    e.value_micros = micros();
    e.click_time = *rc::gen::arbitrary<bool>() ? time() : EventTime{};
    e.user_hash = *rc::gen::arbitrary<uint64_t>();
    return owned;
  });
}

}  // namespace adtally
