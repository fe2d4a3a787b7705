#include "event/json_codec.h"

#include <simdjson.h>

#include <array>
#include <cstring>
#include <utility>

#include "base/hash.h"
#include "base/rfc3339.h"
#include "event/json_framing.h"
#include "event/json_message.h"

namespace adtally {
namespace {

namespace ondemand = simdjson::ondemand;

EventField FieldOfKey(std::string_view key) {
  const auto is = [&](EventField field) {
    const std::string_view name = EventFieldName(field);
    return key == name ? field : EventField::kNone;
  };
  switch (key.size()) {
    case 4:
      return is(EventField::kType);
    case 6:
      return key[0] == 'd' ? is(EventField::kDevice) : is(EventField::kRegion);
    case 7:
      return key[0] == 'c' ? is(EventField::kCountry) : is(EventField::kUserId);
    case 8:
      if (key[0] == 'e') return is(EventField::kEventId);
      return key[0] == 'c' ? is(EventField::kClickId) : is(EventField::kOrderId);
    case 9:
      return is(EventField::kTimestamp);
    case 10:
      return is(EventField::kClickTime);
    case 11:
      if (key[0] == 'a') return is(EventField::kAdGroupId);
      if (key[1] == 'r') return is(EventField::kCreativeId);
      return key[1] == 'a' ? is(EventField::kCampaignId) : is(EventField::kCostMicros);
    case 12:
      return is(EventField::kValueMicros);
    case 13:
      return is(EventField::kAdvertiserId);
    case 14:
      return is(EventField::kInvalidReason);
    default:
      return EventField::kNone;
  }
}

constexpr uint32_t Bit(EventField field) {
  return 1U << static_cast<int>(field);
}

// In the order in which a missing one is reported.
constexpr std::array kRequired = {EventField::kEventId,    EventField::kType,
                                  EventField::kTimestamp,  EventField::kAdvertiserId,
                                  EventField::kCampaignId, EventField::kAdGroupId,
                                  EventField::kCreativeId};
constexpr uint32_t kIdBits = Bit(EventField::kAdvertiserId) | Bit(EventField::kCampaignId) |
                             Bit(EventField::kAdGroupId) | Bit(EventField::kCreativeId);
constexpr uint32_t kRequiredBits =
    kIdBits | Bit(EventField::kEventId) | Bit(EventField::kType) | Bit(EventField::kTimestamp);

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
    const auto parsed = ParseRfc3339(text);
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

enum class Outcome {
  kEvent,
  kBadEvent,  // a JSON object, but not a good event
  kNotObject
};

}  // namespace

// Reads one document at a time into `event`, or says in `problem` what is wrong with it.
struct JsonEventDecoder::Impl {
  ondemand::parser parser;
  std::unique_ptr<char[]> padded{new char[kMaxEventJsonBytes + simdjson::SIMDJSON_PADDING]};
  Event event;
  std::string problem;

  Impl() {
    ADTALLY_CHECK(parser.allocate(kMaxEventJsonBytes) == simdjson::SUCCESS, "out of memory");
  }

  Outcome Read(const JsonFramer::Document& document);
  Outcome ReadFields(ondemand::object& object);
  Outcome CheckComplete(uint32_t seen);
  Outcome Wrong(EventField field, std::string_view token);
  Outcome NotObject(std::string what) {
    problem = std::move(what);
    return Outcome::kNotObject;
  }
  Outcome NotJson(simdjson::error_code error);
};

Outcome JsonEventDecoder::Impl::NotJson(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return NotObject("invalid UTF-8");
    case simdjson::UNCLOSED_STRING:
      return NotObject("not valid JSON: a string is not closed");
    case simdjson::UNESCAPED_CHARS:
      return NotObject("not valid JSON: a control character in a string is not escaped");
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return NotObject("not valid JSON: a bracket is not closed");
    default:
      return NotObject("not valid JSON");
  }
}

Outcome JsonEventDecoder::Impl::Wrong(EventField field, std::string_view token) {
  problem = WrongFieldMessage(field, token);
  return Outcome::kBadEvent;
}

Outcome JsonEventDecoder::Impl::CheckComplete(uint32_t seen) {
  uint32_t missing = kRequiredBits & ~seen;
  const bool ids_from_click = event.type == EventType::kConversion && !event.click_id.empty();
  if (ids_from_click && (seen & kIdBits) == 0) missing &= ~kIdBits;
  if (missing == 0) return Outcome::kEvent;
  for (const EventField field : kRequired) {
    if ((missing & Bit(field)) == 0) continue;
    problem = std::string(EventFieldName(field)) + ": missing";
    break;
  }
  return Outcome::kBadEvent;
}

Outcome JsonEventDecoder::Impl::ReadFields(ondemand::object& object) {
  uint32_t seen = 0;
  for (auto next : object) {
    ondemand::field json_field;
    if (const auto error = std::move(next).get(json_field)) return NotJson(error);
    std::string_view key;
    if (const auto error = ReadKey(json_field, key)) return NotJson(error);
    ondemand::value& value = json_field.value();
    const std::string_view token = value.raw_json_token();
    if (!CanStartValue(*token.data())) return NotJson(simdjson::TAPE_ERROR);
    const EventField field = FieldOfKey(key);
    if (field == EventField::kNone) continue;
    if (token[0] == 'n') {
      bool is_null = false;
      if (value.is_null().get(is_null) || !is_null) return NotJson(simdjson::TAPE_ERROR);
      continue;
    }
    if (!ReadField(field, value, event)) return Wrong(field, token);
    seen |= Bit(field);
  }
  return CheckComplete(seen);
}

Outcome JsonEventDecoder::Impl::Read(const JsonFramer::Document& document) {
  const std::string_view text = document.text;
  if (!document.broken.empty()) return NotObject(std::string(document.broken));
  if (text.size() > kMaxEventJsonBytes) {
    return NotObject("longer than " + std::to_string(kMaxEventJsonBytes) + " bytes");
  }
  if (text.empty() || text[0] != '{') {
    return NotObject("expected a JSON object, got " + ShownJson(text));
  }
  // Copied, so that what simdjson sees behind the text is always white space, never the next event.
  std::memcpy(padded.get(), text.data(), text.size());
  std::memset(padded.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  event = Event{};
  ondemand::document parsed;
  const simdjson::padded_string_view view(padded.get(), text.size(),
                                          text.size() + simdjson::SIMDJSON_PADDING);
  if (const auto error = parser.iterate(view).get(parsed)) return NotJson(error);
  ondemand::object object;
  if (const auto error = parsed.get_object().get(object)) return NotJson(error);
  const Outcome outcome = ReadFields(object);
  if (outcome != Outcome::kEvent) return outcome;
  const char* trailing;
  if (parsed.current_location().get(trailing) == simdjson::SUCCESS) {
    return NotObject("not valid JSON: there is more text after the object");
  }
  return Outcome::kEvent;
}

JsonEventDecoder::JsonEventDecoder() : impl_(std::make_unique<Impl>()) {}
JsonEventDecoder::~JsonEventDecoder() = default;

Result<void> JsonEventDecoder::Decode(std::string_view body, const OnEvent& on_event,
                                      const OnError& on_error) {
  JsonFramer framer(body);
  JsonFramer::Document document;
  // Nothing is reported before the first JSON object was seen, since without one the whole body
  // fails. What came before it is then read a second time.
  bool readable = false;
  std::string first_problem;
  while (framer.Next(document)) {
    const Outcome outcome = impl_->Read(document);
    if (!readable) {
      if (outcome == Outcome::kNotObject) {
        if (first_problem.empty()) {
          first_problem = "at " + std::to_string(document.number) + ": " + impl_->problem;
        }
        continue;
      }
      readable = true;
      if (!first_problem.empty()) {
        framer.Rewind();
        continue;
      }
    }
    if (outcome == Outcome::kEvent) {
      on_event(document.number, impl_->event);
    } else {
      on_error(document.number, Error{ErrorCode::kInvalidArgument, std::move(impl_->problem)});
    }
  }
  if (readable) return {};
  if (first_problem.empty()) first_problem = "there is none";
  return Error{ErrorCode::kInvalidArgument, "no event can be read from the body: " + first_problem};
}

}  // namespace adtally
