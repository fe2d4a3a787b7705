#include "event/event.h"

#include <algorithm>

#include "event/text_scan.h"

namespace adtally {
namespace {

constexpr std::array<std::string_view, 3> kTypeNames = {"impression", "click", "conversion"};
constexpr std::array<std::string_view, 5> kDeviceNames = {"other", "desktop", "mobile", "tablet",
                                                          "tv"};
constexpr std::array<std::string_view, kInvalidReasons> kReasonNames = {"none", "bot"};

template <size_t N>
std::optional<size_t> IndexOf(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool IsUpperOrDigit(char c) {
  return IsUpper(c) || (c >= '0' && c <= '9');
}

bool IsValid(const CountryCode& code) {
  const auto [a, b] = code.chars;
  return (IsUpper(a) && IsUpper(b)) || (a == 0 && b == 0);
}

bool IsValid(const RegionCode& code) {
  const auto [a, b, c] = code.chars;
  if (a == 0) return b == 0 && c == 0;
  if (!IsUpperOrDigit(a)) return false;
  if (b == 0) return c == 0;
  return IsUpperOrDigit(b) && (c == 0 || IsUpperOrDigit(c));
}

}  // namespace

std::string_view EventTypeName(EventType type) {
  const size_t index = static_cast<size_t>(type) - 1;
  return index < kTypeNames.size() ? kTypeNames[index] : "unknown";
}

std::string_view DeviceName(Device device) {
  const size_t index = static_cast<size_t>(device);
  return index < kDeviceNames.size() ? kDeviceNames[index] : "unknown";
}

std::string_view InvalidReasonName(InvalidReason reason) {
  const size_t index = static_cast<size_t>(reason);
  return index < kReasonNames.size() ? kReasonNames[index] : "unknown";
}

std::optional<EventType> ParseEventType(std::string_view name) {
  const auto index = IndexOf(kTypeNames, name);
  if (!index) return std::nullopt;
  return static_cast<EventType>(*index + 1);
}

std::optional<Device> ParseDevice(std::string_view name) {
  const auto index = IndexOf(kDeviceNames, name);
  if (!index) return std::nullopt;
  return static_cast<Device>(*index);
}

std::optional<InvalidReason> ParseInvalidReason(std::string_view name) {
  const auto index = IndexOf(kReasonNames, name);
  if (!index) return std::nullopt;
  return static_cast<InvalidReason>(*index);
}

std::optional<CountryCode> ParseCountry(std::string_view text) {
  CountryCode code;
  if (text.empty()) return code;
  if (text.size() != 2 || !IsUpper(text[0]) || !IsUpper(text[1])) return std::nullopt;
  code.chars = {text[0], text[1]};
  return code;
}

std::optional<RegionCode> ParseRegion(std::string_view text) {
  if (text.empty()) return RegionCode{};
  if (text.size() > 3) return std::nullopt;
  const char a = text[0];
  const char b = text.size() > 1 ? text[1] : '\0';
  const char c = text.size() > 2 ? text[2] : '\0';
  if (!IsUpperOrDigit(a) || (text.size() > 1 && !IsUpperOrDigit(b)) ||
      (text.size() > 2 && !IsUpperOrDigit(c))) {
    return std::nullopt;
  }
  return RegionCode{{a, b, c}};
}

bool IsValidEventId(std::string_view id) {
  return !id.empty() && id.size() <= kMaxEventIdBytes && !HasControlCharacter(id.data(), id.size());
}

std::string_view EventFieldName(EventField field) {
  switch (field) {
    case EventField::kNone:
      return "none";
    case EventField::kRecord:
      return "record";
    case EventField::kEventId:
      return "event_id";
    case EventField::kType:
      return "type";
    case EventField::kTimestamp:
      return "timestamp";
    case EventField::kAdvertiserId:
      return "advertiser_id";
    case EventField::kCampaignId:
      return "campaign_id";
    case EventField::kAdGroupId:
      return "ad_group_id";
    case EventField::kCreativeId:
      return "creative_id";
    case EventField::kDevice:
      return "device";
    case EventField::kCountry:
      return "country";
    case EventField::kRegion:
      return "region";
    case EventField::kCostMicros:
      return "cost_micros";
    case EventField::kValueMicros:
      return "value_micros";
    case EventField::kClickId:
      return "click_id";
    case EventField::kOrderId:
      return "order_id";
    case EventField::kUserId:
      return "user_id";
    case EventField::kClickTime:
      return "click_time";
    case EventField::kInvalidReason:
      return "invalid_reason";
  }
  return "unknown";
}

EventField FirstInvalidField(const Event& event) {
  const Dimensions& d = event.dimensions;
  if (!IsValidEventId(event.event_id)) return EventField::kEventId;
  if (event.type < EventType::kImpression || event.type > EventType::kConversion) {
    return EventField::kType;
  }
  if (!IsValidEventTime(event.time)) return EventField::kTimestamp;
  if (d.advertiser_id == 0) return EventField::kAdvertiserId;
  if (d.campaign_id == 0) return EventField::kCampaignId;
  if (d.ad_group_id == 0) return EventField::kAdGroupId;
  if (d.creative_id == 0) return EventField::kCreativeId;
  if (d.device > Device::kTv) return EventField::kDevice;
  if (!IsValid(d.country)) return EventField::kCountry;
  if (!IsValid(d.region)) return EventField::kRegion;
  if (!IsValidMicros(event.cost_micros)) return EventField::kCostMicros;
  if (!IsValidMicros(event.value_micros)) return EventField::kValueMicros;
  if (event.order_id.size() > kMaxOrderIdBytes) return EventField::kOrderId;
  if (event.click_time != EventTime{} && !IsValidEventTime(event.click_time)) {
    return EventField::kClickTime;
  }
  if (static_cast<int>(event.invalid_reason) >= kInvalidReasons) return EventField::kInvalidReason;
  return EventField::kNone;
}

}  // namespace adtally
