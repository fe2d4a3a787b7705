#include "event/json_object_reader.h"

#include <simdjson.h>

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "event/event_time_text.h"
#include "event/json_codec.h"
#include "event/json_message.h"
#include "event/json_required.h"

namespace adtally {
namespace {

namespace ondemand = simdjson::ondemand;

EventField FieldOfKey(std::string_view key) {
  const auto is = [&](std::string_view name, EventField field) {
    return key == name ? field : EventField::kNone;
  };
  switch (key.size()) {
    case 4:
      return is("type", EventField::kType);
    case 6:
      return key[0] == 'd' ? is("device", EventField::kDevice) : is("region", EventField::kRegion);
    case 7:
      if (key[0] == 'c') return is("country", EventField::kCountry);
      return is("user_id", EventField::kUserId);
    case 8:
      if (key[0] == 'e') return is("event_id", EventField::kEventId);
      if (key[0] == 'c') return is("click_id", EventField::kClickId);
      return is("order_id", EventField::kOrderId);
    case 9:
      return is("timestamp", EventField::kTimestamp);
    case 10:
      return is("click_time", EventField::kClickTime);
    case 11:
      if (key[0] == 'a') return is("ad_group_id", EventField::kAdGroupId);
      if (key[1] == 'r') return is("creative_id", EventField::kCreativeId);
      if (key[1] == 'a') return is("campaign_id", EventField::kCampaignId);
      return is("cost_micros", EventField::kCostMicros);
    case 12:
      return is("value_micros", EventField::kValueMicros);
    case 13:
      return is("advertiser_id", EventField::kAdvertiserId);
    case 14:
      return is("invalid_reason", EventField::kInvalidReason);
    default:
      return EventField::kNone;
  }
}

bool ReadId(ondemand::value& value, uint32_t& id) {
  uint64_t number;
  if (value.get_uint64().get(number) || number == 0 || number > UINT32_MAX) return false;
  id = static_cast<uint32_t>(number);
  return true;
}

bool ReadMicros(ondemand::value& value, int64_t& micros) {
  return !value.get_int64().get(micros) && IsValidMicros(micros);
}

bool ReadTime(ondemand::value& value, EventTime& time) {
  std::string_view text;
  if (!value.get_string().get(text)) {
    const auto parsed = ParseEventTimeText(text);
    if (!parsed) return false;
    time = EventTime{*parsed};
  } else if (value.get_int64().get(time.value)) {
    return false;
  }
  return IsValidEventTime(time);
}

template <class T>
bool Assign(const std::optional<T>& parsed, T& out) {
  if (!parsed) return false;
  out = *parsed;
  return true;
}

// Reads one field into the event. False when it is not what it has to be.
bool ReadField(EventField field, ondemand::value& value, Event& event) {
  Dimensions& d = event.dimensions;
  switch (field) {
    case EventField::kTimestamp:
      return ReadTime(value, event.time);
    case EventField::kClickTime:
      return ReadTime(value, event.click_time);
    case EventField::kAdvertiserId:
      return ReadId(value, d.advertiser_id);
    case EventField::kCampaignId:
      return ReadId(value, d.campaign_id);
    case EventField::kAdGroupId:
      return ReadId(value, d.ad_group_id);
    case EventField::kCreativeId:
      return ReadId(value, d.creative_id);
    case EventField::kCostMicros:
      return ReadMicros(value, event.cost_micros);
    case EventField::kValueMicros:
      return ReadMicros(value, event.value_micros);
    default:
      break;
  }
  std::string_view text;
  if (value.get_string().get(text)) return false;
  switch (field) {
    case EventField::kEventId:
      event.event_id = text;
      return IsValidEventId(text);
    case EventField::kType:
      return Assign(ParseEventType(text), event.type);
    case EventField::kDevice:
      return Assign(ParseDevice(text), d.device);
    case EventField::kCountry:
      return Assign(ParseCountry(text), d.country);
    case EventField::kRegion:
      return Assign(ParseRegion(text), d.region);
    case EventField::kClickId:
      event.click_id = text;
      return true;
    case EventField::kOrderId:
      event.order_id = text;
      return text.size() <= kMaxOrderIdBytes;
    case EventField::kUserId:
      event.user_hash = text.empty() ? 0 : HashBytes(text).low;
      return true;
    case EventField::kInvalidReason:
      return Assign(ParseInvalidReason(text), event.invalid_reason);
    default:
      return false;
  }
}

// The key as it decodes. Known keys are at most 14 characters: one that is longer as written,
// without an escape so far, is not known.
simdjson::error_code ReadKey(ondemand::field& field, std::string_view& key) {
  constexpr size_t kLongestKnown = 14;
  const char* raw = field.key().raw();
  for (size_t size = 0; size <= kLongestKnown; ++size) {
    if (raw[size] == '"') {
      key = {raw, size};
      return simdjson::SUCCESS;
    }
    if (raw[size] == '\\') return field.unescaped_key().get(key);
  }
  key = {};
  return simdjson::SUCCESS;
}

// simdjson lets a field's value be a bracket or nothing at all until it is read; unknown ones never
// are.
bool CanStartValue(char c) {
  return c == '"' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n' ||
         c == '{' || c == '[';
}

std::string NotJsonMessage(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "invalid UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "not valid JSON: a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "not valid JSON: a control character in a string is not escaped";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "not valid JSON: a bracket is not closed";
    default:
      return "not valid JSON";
  }
}

}  // namespace

struct JsonObjectReader::Impl {
  ondemand::parser parser;
  std::unique_ptr<char[]> padded{new char[kMaxEventJsonBytes + simdjson::SIMDJSON_PADDING]};

  // What is wrong, in few words: the sentence is made of it when somebody asks.
  enum class Wrong { kTooLong, kNotObject, kNotJson, kTrailing, kField, kMissing };
  Wrong wrong = Wrong::kNotJson;
  EventField field = EventField::kNone;                 // kField, kMissing
  std::string_view token;                               // kNotObject, kField: what was found
  simdjson::error_code json_error = simdjson::SUCCESS;  // kNotJson

  Impl() {
    ADTALLY_CHECK(parser.allocate(kMaxEventJsonBytes) == simdjson::SUCCESS, "out of memory");
  }

  EventField Read(std::string_view text, Event& event);
  EventField ReadFields(ondemand::object& object, Event& event);
  EventField NotRecord(Wrong why) {
    wrong = why;
    return EventField::kRecord;
  }
  EventField NotJson(simdjson::error_code error) {
    json_error = error;
    return NotRecord(Wrong::kNotJson);
  }
};

EventField JsonObjectReader::Impl::ReadFields(ondemand::object& object, Event& event) {
  uint32_t seen = 0;
  for (auto next : object) {
    ondemand::field json_field;
    if (const auto error = std::move(next).get(json_field)) return NotJson(error);
    std::string_view key;
    if (const auto error = ReadKey(json_field, key)) return NotJson(error);
    ondemand::value& value = json_field.value();
    token = value.raw_json_token();
    if (!CanStartValue(*token.data())) return NotJson(simdjson::TAPE_ERROR);
    field = FieldOfKey(key);
    if (field == EventField::kNone) continue;
    if (token[0] == 'n') {
      bool is_null = false;
      if (value.is_null().get(is_null) || !is_null) return NotJson(simdjson::TAPE_ERROR);
      continue;
    }
    if (!ReadField(field, value, event)) {
      wrong = Wrong::kField;
      return field;
    }
    seen |= Bit(field);
  }
  wrong = Wrong::kMissing;
  field = FirstMissingField(seen, event);
  return field;
}

EventField JsonObjectReader::Impl::Read(std::string_view text, Event& event) {
  ClearEvent(event);
  if (text.size() > kMaxEventJsonBytes) return NotRecord(Wrong::kTooLong);
  if (text.empty() || text[0] != '{') {
    token = text;
    return NotRecord(Wrong::kNotObject);
  }
  // Copied, so that what simdjson sees behind the text is always white space, never the next event.
  std::memcpy(padded.get(), text.data(), text.size());
  std::memset(padded.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  ondemand::document parsed;
  const simdjson::padded_string_view view(padded.get(), text.size(),
                                          text.size() + simdjson::SIMDJSON_PADDING);
  if (const auto error = parser.iterate(view).get(parsed)) return NotJson(error);
  ondemand::object object;
  if (const auto error = parsed.get_object().get(object)) return NotJson(error);
  const EventField bad = ReadFields(object, event);
  if (bad != EventField::kNone) return bad;
  const char* trailing;
  if (parsed.current_location().get(trailing) == simdjson::SUCCESS) {
    return NotRecord(Wrong::kTrailing);
  }
  return EventField::kNone;
}

JsonObjectReader::JsonObjectReader() : impl_(std::make_unique<Impl>()) {}
JsonObjectReader::~JsonObjectReader() = default;

EventField JsonObjectReader::Read(std::string_view text, Event& event) {
  return impl_->Read(text, event);
}

std::string JsonObjectReader::Problem() const {
  using Wrong = Impl::Wrong;
  switch (impl_->wrong) {
    case Wrong::kTooLong:
      return "longer than " + std::to_string(kMaxEventJsonBytes) + " bytes";
    case Wrong::kNotObject:
      return "expected a JSON object, got " + ShownJson(impl_->token);
    case Wrong::kNotJson:
      return NotJsonMessage(impl_->json_error);
    case Wrong::kTrailing:
      return "not valid JSON: there is more text after the object";
    case Wrong::kField:
      return WrongFieldMessage(impl_->field, impl_->token);
    case Wrong::kMissing:
      return std::string(EventFieldName(impl_->field)) + ": missing";
  }
  return {};
}

}  // namespace adtally
