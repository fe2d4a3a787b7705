#include <charconv>

#include "event/json_codec.h"

namespace adtally {
namespace {

void AppendQuoted(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      out += "\\u00";
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

void AppendKey(EventField field, std::string& out) {
  if (out.back() != '{') out.push_back(',');
  out.push_back('"');
  out += EventFieldName(field);
  out += "\":";
}

void AppendText(EventField field, std::string_view text, std::string& out) {
  if (text.empty()) return;
  AppendKey(field, out);
  AppendQuoted(text, out);
}

void AppendNumber(EventField field, int64_t number, std::string& out) {
  if (number == 0) return;
  AppendKey(field, out);
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

}  // namespace

void AppendJson(const Event& event, std::string& out) {
  const Dimensions& d = event.dimensions;
  out.push_back('{');
  AppendText(EventField::kEventId, event.event_id, out);
  AppendText(EventField::kType, EventTypeName(event.type), out);
  AppendNumber(EventField::kTimestamp, event.time.value, out);
  AppendNumber(EventField::kAdvertiserId, d.advertiser_id, out);
  AppendNumber(EventField::kCampaignId, d.campaign_id, out);
  AppendNumber(EventField::kAdGroupId, d.ad_group_id, out);
  AppendNumber(EventField::kCreativeId, d.creative_id, out);
  if (d.device != Device::kOther) AppendText(EventField::kDevice, DeviceName(d.device), out);
  AppendText(EventField::kCountry, d.country.view(), out);
  AppendText(EventField::kRegion, d.region.view(), out);
  AppendNumber(EventField::kCostMicros, event.cost_micros, out);
  AppendNumber(EventField::kValueMicros, event.value_micros, out);
  AppendText(EventField::kClickId, event.click_id, out);
  AppendText(EventField::kOrderId, event.order_id, out);
  AppendNumber(EventField::kClickTime, event.click_time.value, out);
  if (event.invalid_reason != InvalidReason::kNone) {
    AppendText(EventField::kInvalidReason, InvalidReasonName(event.invalid_reason), out);
  }
  out.push_back('}');
}

}  // namespace adtally
