#include "fuzz/json_oracle.h"

#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "fuzz/json_document.h"

namespace adtally::fuzz {
namespace {

constexpr uint64_t kNoNumber = JsonValue::kNoNumber;

constexpr std::array<std::pair<std::string_view, EventField>, 17> kNames = {{
    {"event_id", EventField::kEventId},
    {"type", EventField::kType},
    {"timestamp", EventField::kTimestamp},
    {"advertiser_id", EventField::kAdvertiserId},
    {"campaign_id", EventField::kCampaignId},
    {"ad_group_id", EventField::kAdGroupId},
    {"creative_id", EventField::kCreativeId},
    {"device", EventField::kDevice},
    {"country", EventField::kCountry},
    {"region", EventField::kRegion},
    {"cost_micros", EventField::kCostMicros},
    {"value_micros", EventField::kValueMicros},
    {"order_id", EventField::kOrderId},
    {"click_id", EventField::kClickId},
    {"user_id", EventField::kUserId},
    {"click_time", EventField::kClickTime},
    {"invalid_reason", EventField::kInvalidReason},
}};

EventField FieldNamed(std::string_view name) {
  for (const auto& [known, field] : kNames) {
    if (known == name) return field;
  }
  return EventField::kNone;
}

// "2026-11-23T12:00:00.5+01:00" by RFC 3339, section 5.6. A space for the T is allowed by its note.
std::optional<int64_t> Rfc3339Ms(std::string_view text) {
  size_t at = 0;
  bool ok = true;
  const auto next_is = [&](std::string_view set) {
    if (at < text.size() && set.find(text[at]) != std::string_view::npos) return true;
    return false;
  };
  const auto expect = [&](std::string_view set) {
    ok = ok && next_is(set);
    return ok ? text[at++] : '?';
  };
  const auto number = [&](int digits) {
    int value = 0;
    while (digits-- > 0) value = value * 10 + (expect("0123456789") - '0');
    return value;
  };
  std::tm date{};
  date.tm_year = number(4) - 1900;
  expect("-");
  date.tm_mon = number(2) - 1;
  expect("-");
  date.tm_mday = number(2);
  expect("Tt ");
  const int hour = number(2);
  expect(":");
  const int minute = number(2);
  expect(":");
  const int second = number(2);
  int ms = 0;
  if (next_is(".")) {
    ++at;
    int scale = 100;
    do {
      ms += scale * (expect("0123456789") - '0');
      scale /= 10;
    } while (ok && next_is("0123456789"));
  }
  int offset_minutes = 0;
  const char sign = expect("Zz+-");
  if (sign == '+' || sign == '-') {
    const int hours = number(2);
    expect(":");
    const int minutes = number(2);
    ok = ok && hours <= 23 && minutes <= 59;
    offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  if (!ok || at != text.size() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::tm normal = date;
  const int64_t midnight = timegm(&normal);
  if (normal.tm_mday != date.tm_mday || normal.tm_mon != date.tm_mon) return std::nullopt;
  return (midnight + hour * 3600 + minute * 60 + second - offset_minutes * 60) * 1000 + ms;
}

uint64_t TimeOf(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::kNatural) return value.natural;
  if (value.kind != JsonValue::Kind::kText) return kNoNumber;
  const auto ms = Rfc3339Ms(value.text);
  return ms && *ms >= 0 ? static_cast<uint64_t>(*ms) : kNoNumber;
}

// The place of the text among `names`, from `first`; kNoNumber when it is none of them.
template <size_t N>
uint64_t OneOf(const std::array<std::string_view, N>& names, uint64_t first,
               const JsonValue& value) {
  for (size_t i = 0; i < N; ++i) {
    if (value.kind == JsonValue::Kind::kText && value.text == names[i]) return first + i;
  }
  return kNoNumber;
}

// False when the value is not what the field has to be.
bool SetNumber(EventField field, const JsonValue& value, ExpectedEvent& event) {
  constexpr std::array<std::string_view, 3> kTypes = {"impression", "click", "conversion"};
  constexpr std::array<std::string_view, 5> kDevices = {"other", "desktop", "mobile", "tablet",
                                                        "tv"};
  constexpr std::array<std::string_view, 2> kReasons = {"none", "bot"};
  switch (field) {
    case EventField::kType:
      return IsGoodType(event.type = OneOf(kTypes, 1, value));
    case EventField::kTimestamp:
      return IsGoodTime(event.time_ms = TimeOf(value));
    case EventField::kClickTime:  // a time of 0 is written by leaving it out
      return IsGoodTime(event.click_time_ms = TimeOf(value));
    case EventField::kAdvertiserId:
      return IsGoodId(event.advertiser_id = value.natural);
    case EventField::kCampaignId:
      return IsGoodId(event.campaign_id = value.natural);
    case EventField::kAdGroupId:
      return IsGoodId(event.ad_group_id = value.natural);
    case EventField::kCreativeId:
      return IsGoodId(event.creative_id = value.natural);
    case EventField::kDevice:
      return IsGoodDevice(event.device = OneOf(kDevices, 0, value));
    case EventField::kCostMicros:
      return IsGoodMicros(event.cost_micros = value.natural);
    case EventField::kValueMicros:
      return IsGoodMicros(event.value_micros = value.natural);
    default:
      return IsGoodInvalidReason(event.invalid_reason = OneOf(kReasons, 0, value));
  }
}

bool SetField(EventField field, const JsonValue& value, ExpectedEvent& event) {
  // A lone surrogate passes RapidJSON, but is no text.
  const bool is_text = value.kind == JsonValue::Kind::kText && IsUtf8(value.text);
  switch (field) {
    case EventField::kEventId:
      event.event_id = value.text;
      return is_text && IsGoodEventId(value.text);
    case EventField::kCountry:
      event.country = value.text;
      return is_text && IsGoodCountry(value.text);
    case EventField::kRegion:
      event.region = value.text;
      return is_text && IsGoodRegion(value.text);
    case EventField::kOrderId:
      event.order_id = value.text;
      return is_text && IsGoodOrderId(value.text);
    case EventField::kClickId:
      event.click_id = value.text;
      return is_text;
    case EventField::kUserId:
      event.user_hash = UserHash(value.text);
      return is_text;
    default:
      return SetNumber(field, value, event);
  }
}

JsonVerdict Judge(const JsonObject& object) {
  JsonVerdict verdict;
  verdict.kind = JsonVerdict::Kind::kNotObject;
  if (!object.is_object) return verdict;
  FieldSet seen;
  for (const auto& [name, value] : object.fields) {
    // A lone surrogate, which RapidJSON lets pass, names nothing.
    verdict.lenient |= !IsUtf8(name);
    const EventField field = FieldNamed(name);
    if (field == EventField::kNone || value.kind == JsonValue::Kind::kNull) continue;
    seen.Add(field);
    verdict.wrong.AddUnless(SetField(field, value, verdict.event), field);
  }
  constexpr std::array kIds = {EventField::kAdvertiserId, EventField::kCampaignId,
                               EventField::kAdGroupId, EventField::kCreativeId};
  bool has_ids = false;
  for (const EventField id : kIds) has_ids = has_ids || seen.Has(id);
  const bool ids_needed = has_ids || verdict.event.type != 3 || verdict.event.click_id.empty();
  for (const EventField id : kIds) verdict.wrong.AddUnless(seen.Has(id) || !ids_needed, id);
  for (const EventField field : {EventField::kEventId, EventField::kType, EventField::kTimestamp}) {
    verdict.wrong.AddUnless(seen.Has(field), field);
  }
  verdict.kind = verdict.wrong.empty() ? JsonVerdict::Kind::kGood : JsonVerdict::Kind::kWrong;
  return verdict;
}

// The object without the names and values of its unknown fields; nothing when it cannot be
// followed.
std::optional<std::string> WithoutUnknownFields(std::string_view text) {
  if (text.empty() || text[0] != '{') return std::nullopt;
  std::string out = "{";
  for (size_t at = 1;;) {
    at += JsonSpacesAt(text, at);
    if (at == text.size() || text[at] != '"') return out.append(text.substr(at));
    const size_t key_size = ScanString(text.substr(at), Strings::kChecked);
    if (key_size == std::string_view::npos) return std::nullopt;
    const std::string_view key = text.substr(at, key_size);
    JsonObject parsed;
    const bool valid_key = ParseStrictly("{" + std::string(key) + ":0}", parsed);
    at += key_size;
    at += JsonSpacesAt(text, at);
    if (at == text.size() || text[at] != ':') return std::nullopt;
    ++at;
    const size_t size = ScanValue(text.substr(at), Strings::kChecked);
    if (size == std::string_view::npos || at + size == text.size()) return std::nullopt;
    const std::string_view value = TrimJson(text.substr(at, size));
    if (value.empty()) return std::nullopt;
    at += size;
    const bool known = valid_key && FieldNamed(parsed.fields[0].first) != EventField::kNone;
    out.append(known ? key : "\"\"").append(":").append(known ? value : "null");
    if (text[at] != ',') return out.append(text.substr(at));
    ++at;
    out += ",";
  }
}

}  // namespace

JsonVerdict JudgeJson(std::string_view text) {
  if (text.size() > 64 * 1024) return {};  // json_codec.h: longer events are refused
  JsonObject object;
  if (ParseStrictly(text, object)) return Judge(object);
  if (!IsUtf8(text)) return {};
  const auto rewritten = WithoutUnknownFields(text);
  JsonObject lenient;
  if (!rewritten || !ParseStrictly(*rewritten, lenient)) return {};
  JsonVerdict verdict = Judge(lenient);
  verdict.lenient = true;
  return verdict;
}

}  // namespace adtally::fuzz
