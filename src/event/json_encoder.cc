#include "base/json_writer.h"
#include "event/json_codec.h"

namespace adtally {
namespace {

void WriteText(EventField field, std::string_view text, JsonWriter& json) {
  if (text.empty()) return;
  json.Key(EventFieldName(field));
  json.String(text);
}

void WriteNumber(EventField field, int64_t number, JsonWriter& json) {
  if (number == 0) return;
  json.Key(EventFieldName(field));
  json.Int(number);
}

}  // namespace

void AppendJson(const Event& event, std::string& out) {
  const Dimensions& d = event.dimensions;
  JsonWriter json;
  json.BeginObject();
  WriteText(EventField::kEventId, event.event_id, json);
  WriteText(EventField::kType, EventTypeName(event.type), json);
  WriteNumber(EventField::kTimestamp, event.time.value, json);
  WriteNumber(EventField::kAdvertiserId, d.advertiser_id, json);
  WriteNumber(EventField::kCampaignId, d.campaign_id, json);
  WriteNumber(EventField::kAdGroupId, d.ad_group_id, json);
  WriteNumber(EventField::kCreativeId, d.creative_id, json);
  if (d.device != Device::kOther) WriteText(EventField::kDevice, DeviceName(d.device), json);
  WriteText(EventField::kCountry, d.country.view(), json);
  WriteText(EventField::kRegion, d.region.view(), json);
  WriteNumber(EventField::kCostMicros, event.cost_micros, json);
  WriteNumber(EventField::kValueMicros, event.value_micros, json);
  WriteText(EventField::kClickId, event.click_id, json);
  WriteText(EventField::kOrderId, event.order_id, json);
  WriteNumber(EventField::kClickTime, event.click_time.value, json);
  if (event.invalid_reason != InvalidReason::kNone) {
    WriteText(EventField::kInvalidReason, InvalidReasonName(event.invalid_reason), json);
  }
  json.EndObject();
  out += json.text();
}

}  // namespace adtally
