#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace adtally {

// Values are stored in the log and in the store: they never change meaning.
enum class EventType : uint8_t { kImpression = 1, kClick = 2, kConversion = 3 };
enum class Device : uint8_t { kOther = 0, kDesktop = 1, kMobile = 2, kTablet = 3, kTv = 4 };

// Why an event is invalid traffic: it is kept and shown as invalid, and never billed.
enum class InvalidReason : uint8_t {
  kNone = 0,
  kBot = 1,  // the User-Agent says so
};
inline constexpr int kInvalidReasons = 2;  // kNone included

std::string_view EventTypeName(EventType type);  // "impression", "click", "conversion"
std::string_view DeviceName(Device device);      // "desktop", ...
std::string_view InvalidReasonName(InvalidReason reason);
std::optional<EventType> ParseEventType(std::string_view name);
std::optional<Device> ParseDevice(std::string_view name);
std::optional<InvalidReason> ParseInvalidReason(std::string_view name);

// A place code of at most N upper-case letters or digits, zero-padded; empty when unknown.
template <int N>
struct PlaceCode {
  std::array<char, N> chars{};

  std::string_view view() const {
    size_t n = 0;
    while (n < chars.size() && chars[n] != 0) ++n;
    return {chars.data(), n};
  }
  bool empty() const { return chars[0] == 0; }
  friend auto operator<=>(const PlaceCode&, const PlaceCode&) = default;
};
using CountryCode = PlaceCode<2>;  // ISO 3166-1 alpha-2
using RegionCode = PlaceCode<3>;   // the part of ISO 3166-2 after the dash

std::optional<CountryCode> ParseCountry(std::string_view text);  // "" or two letters, upper case
std::optional<RegionCode> ParseRegion(std::string_view text);    // "" or 1 to 3 of A-Z, 0-9

// What numbers are sliced by. Ids start at 1: advertiser 0 is reserved for the store's receipts.
struct Dimensions {
  uint32_t advertiser_id = 0;
  uint32_t campaign_id = 0;
  uint32_t ad_group_id = 0;
  uint32_t creative_id = 0;
  Device device = Device::kOther;
  CountryCode country;
  RegionCode region;
  friend auto operator<=>(const Dimensions&, const Dimensions&) = default;
};

// Money of one event, in millionths of the account's currency. The bound keeps every sum of 2^63 /
// 10^12 = 9 million such events inside an int64.
inline constexpr int64_t kMaxMicrosPerEvent = 1'000'000'000'000;
inline constexpr size_t kMaxEventIdBytes = 64;
inline constexpr size_t kMaxOrderIdBytes = 64;
// Event times outside [2000-01-01, 2100-01-01) are refused as nonsense by every decoder.
inline constexpr EventTime kMinEventTime{946'684'800'000};
inline constexpr EventTime kMaxEventTime{4'102'444'800'000};
// How far ahead of the log's clock an event may be: senders' clocks run ahead by seconds, not by
// hours.
inline constexpr int64_t kMaxFutureMs = 5 * kMillisPerMinute;

// One event. The string views point into the buffer that it was decoded from and die with it.
struct Event {
  std::string_view event_id;
  EventType type = EventType::kImpression;
  InvalidReason invalid_reason = InvalidReason::kNone;
  EventTime time;
  Dimensions dimensions;
  int64_t cost_micros = 0;   // what the advertiser pays for this event: see kMaxMicrosPerEvent
  int64_t value_micros = 0;  // conversions: the order's value
  EventTime click_time;      // conversions: when the click happened; 0 when unknown
  uint64_t user_hash = 0;    // of the user_id, which is never stored itself; 0 when there is none
  std::string_view order_id;
  std::string_view click_id;  // as sent by the client, before it is resolved; not kept in the log
};

// Sets every field to what it is when absent. The same as `event = Event{}`, which g++ 12 makes a
// string instruction that takes several times as long.
inline void ClearEvent(Event& event) {
  event.event_id = {};
  event.type = EventType::kImpression;
  event.invalid_reason = InvalidReason::kNone;
  event.time = {};
  event.dimensions = {};
  event.cost_micros = 0;
  event.value_micros = 0;
  event.click_time = {};
  event.user_hash = 0;
  event.order_id = {};
  event.click_id = {};
}

// True for a conversion that says which click it belongs to and nothing else: its four ids are 0
// until click_id is resolved. Such an event must never be counted or logged as it is: advertiser 0
// is reserved.
inline bool IdsComeFromClick(const Event& event) {
  const Dimensions& d = event.dimensions;
  return event.type == EventType::kConversion && !event.click_id.empty() && d.advertiser_id == 0 &&
         d.campaign_id == 0 && d.ad_group_id == 0 && d.creative_id == 0;
}

// 1 to kMaxEventIdBytes bytes, no control characters.
bool IsValidEventId(std::string_view id);
inline bool IsValidEventTime(EventTime time) {
  return time >= kMinEventTime && time < kMaxEventTime;
}
inline bool IsValidMicros(int64_t micros) {
  return micros >= 0 && micros <= kMaxMicrosPerEvent;
}

// The first field of an event that is out of its range, and how. Decoders call it; nothing invalid
// passes.
enum class EventField : uint8_t {
  kNone,
  kRecord,
  kEventId,
  kType,
  kTimestamp,
  kAdvertiserId,
  kCampaignId,
  kAdGroupId,
  kCreativeId,
  kDevice,
  kCountry,
  kRegion,
  kCostMicros,
  kValueMicros,
  kClickId,
  kOrderId,
  kUserId,
  kClickTime,
  kInvalidReason,
};
std::string_view EventFieldName(EventField field);  // as in JSON: "event_id"
EventField FirstInvalidField(const Event& event);   // kNone when the event is good

}  // namespace adtally
