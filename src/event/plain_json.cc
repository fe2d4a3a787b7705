#include "event/plain_json.h"

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/hash.h"
#include "event/event_time_text.h"
#include "event/json_codec.h"
#include "event/json_required.h"
#include "event/text_scan.h"

namespace adtally {
namespace {

constexpr std::array<uint64_t, 9> kPowersOfTen = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

// A small number for the first four characters of a key, to switch on. The factor was searched for:
// no two known keys have the same number but click_id and click_time, which begin alike.
constexpr uint32_t KeySlot(uint32_t first_four) {
  return (first_four * 0x96c8da19U) >> 27;
}
constexpr uint32_t SlotOf(std::string_view key) {
  uint32_t first_four = 0;
  for (size_t i = 0; i < 4; ++i) {
    first_four |= uint32_t{static_cast<unsigned char>(key[i])} << (8 * i);
  }
  return KeySlot(first_four);
}

// Where the string ends whose first `at - begin` bytes are plain, when it holds more than ASCII:
// its closing quote, or null when it has an escape, a control character or invalid UTF-8, or goes
// beyond `last`. A function of its own, since it hardly ever is needed.
[[gnu::noinline]] const char* EndOfUtf8String(const char* begin, const char* at, const char* last) {
  for (; at <= last && *at != '"'; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c < ' ' || c == '\\' || c == 0x7f) return nullptr;
  }
  if (at > last || !simdjson::validate_utf8(begin, static_cast<size_t>(at - begin))) return nullptr;
  return at;
}

// Walks over the JSON text. Each step takes what it is named after and says whether it was there;
// after a false the walk is over. A field is begun only where kPlainJsonSlack bytes are left, which
// is more than all its steps look at, long strings excepted: those look again.
class Walk {
 public:
  explicit Walk(std::string_view text)
      : begin_(text.data()), at_(begin_), last_(begin_ + text.size() - kPlainJsonSlack) {}

  size_t taken() const { return static_cast<size_t>(at_ - begin_); }
  bool AtFieldWithRoom() const { return at_ <= last_ && *at_ == '"'; }
  uint32_t slot() const { return KeySlot(LoadHalfWord(at_ + 1)); }

  bool Char(char c) {
    if (*at_ != c) return false;
    ++at_;
    return true;
  }

  bool Comma() {
    if (!Char(',')) return false;
    Char(' ');
    return true;
  }

  // `"NAME":`
  template <size_t kSize>
  bool Key(const char (&name)[kSize]) {
    if (std::memcmp(at_ + 1, name, kSize - 1) != 0) return false;
    if (at_[kSize] != '"' || at_[kSize + 1] != ':') return false;
    at_ += kSize + 2;
    Char(' ');
    return true;
  }

  bool String(std::string_view& text) {
    if (*at_ != '"') return false;
    const char* const begin = ++at_;
    size_t plain;
    while ((plain = PlainBytesOf16(at_)) == 16) {
      at_ += plain;
      if (at_ > last_) return false;
    }
    at_ += plain;
    if (*at_ != '"') {
      at_ = EndOfUtf8String(begin, at_, last_);
      if (at_ == nullptr) return false;
    }
    text = {begin, static_cast<size_t>(at_ - begin)};
    ++at_;
    return true;
  }

  // Up to 15 digits, without zeros in front.
  bool Number(uint64_t& number) {
    if (*at_ == '0') {
      number = 0;
      ++at_;
      return DigitsOf(LoadWord(at_)) == 0;
    }
    const uint64_t word = LoadWord(at_);
    const size_t digits = DigitsOf(word);
    if (digits == 0) return false;
    number = NumberOf(word, digits);
    at_ += digits;
    if (digits < 8) return true;
    const uint64_t more = LoadWord(at_);
    const size_t more_digits = DigitsOf(more);
    if (more_digits == 0) return true;
    number = number * kPowersOfTen[more_digits] + NumberOf(more, more_digits);
    at_ += more_digits;
    return more_digits < 8;
  }

  bool Id(uint32_t& id) {
    uint64_t number;
    if (!Number(number) || number == 0 || number > UINT32_MAX) return false;
    id = static_cast<uint32_t>(number);
    return true;
  }

  bool Micros(int64_t& micros) {
    uint64_t number;
    if (!Number(number)) return false;
    micros = static_cast<int64_t>(number);
    return IsValidMicros(micros);
  }

  bool Time(EventTime& time) {
    if (*at_ == '"') {
      std::string_view text;
      if (!String(text)) return false;
      const auto parsed = ParseEventTimeText(text);
      if (!parsed) return false;
      time = EventTime{*parsed};
    } else {
      uint64_t number;
      if (!Number(number)) return false;
      time = EventTime{static_cast<int64_t>(number)};
    }
    return IsValidEventTime(time);
  }

  // A string that `parse` turns into what it means, if it means anything.
  template <class T>
  bool Parsed(std::optional<T> (*parse)(std::string_view), T& out) {
    std::string_view text;
    if (!String(text)) return false;
    const std::optional<T> parsed = parse(text);
    if (!parsed) return false;
    out = *parsed;
    return true;
  }

  // A field that no event has, with a simple value.
  bool UnknownField() {
    std::string_view key;
    if (!String(key) || !Char(':')) return false;
    Char(' ');
    std::string_view text;
    uint64_t number;
    return *at_ == '"' ? String(text) : Number(number);
  }

 private:
  const char* const begin_;
  const char* at_;
  const char* const last_;  // where a field may still begin
};

// Reads one field; kRecord when it is not plain. The keys of the fields that are not known count as
// kNone.
EventField ReadField(Walk& walk, Event& event) {
  using F = EventField;
  Dimensions& d = event.dimensions;
  const auto read = [](bool good, F field) { return good ? field : F::kRecord; };
  std::string_view text;
  switch (walk.slot()) {
    case SlotOf("event_id"):
      if (!walk.Key("event_id")) break;
      return read(walk.String(event.event_id) && !event.event_id.empty() &&
                      event.event_id.size() <= kMaxEventIdBytes,
                  F::kEventId);
    case SlotOf("type"):
      if (!walk.Key("type")) break;
      return read(walk.Parsed(ParseEventType, event.type), F::kType);
    case SlotOf("timestamp"):
      if (!walk.Key("timestamp")) break;
      return read(walk.Time(event.time), F::kTimestamp);
    case SlotOf("advertiser_id"):
      if (!walk.Key("advertiser_id")) break;
      return read(walk.Id(d.advertiser_id), F::kAdvertiserId);
    case SlotOf("campaign_id"):
      if (!walk.Key("campaign_id")) break;
      return read(walk.Id(d.campaign_id), F::kCampaignId);
    case SlotOf("ad_group_id"):
      if (!walk.Key("ad_group_id")) break;
      return read(walk.Id(d.ad_group_id), F::kAdGroupId);
    case SlotOf("creative_id"):
      if (!walk.Key("creative_id")) break;
      return read(walk.Id(d.creative_id), F::kCreativeId);
    case SlotOf("device"):
      if (!walk.Key("device")) break;
      return read(walk.Parsed(ParseDevice, d.device), F::kDevice);
    case SlotOf("country"):
      if (!walk.Key("country")) break;
      return read(walk.Parsed(ParseCountry, d.country), F::kCountry);
    case SlotOf("region"):
      if (!walk.Key("region")) break;
      return read(walk.Parsed(ParseRegion, d.region), F::kRegion);
    case SlotOf("cost_micros"):
      if (!walk.Key("cost_micros")) break;
      return read(walk.Micros(event.cost_micros), F::kCostMicros);
    case SlotOf("value_micros"):
      if (!walk.Key("value_micros")) break;
      return read(walk.Micros(event.value_micros), F::kValueMicros);
    case SlotOf("order_id"):
      if (!walk.Key("order_id")) break;
      return read(walk.String(event.order_id) && event.order_id.size() <= kMaxOrderIdBytes,
                  F::kOrderId);
    case SlotOf("click_id"):
      if (walk.Key("click_id")) return read(walk.String(event.click_id), F::kClickId);
      if (walk.Key("click_time")) return read(walk.Time(event.click_time), F::kClickTime);
      break;
    case SlotOf("user_id"):
      if (!walk.Key("user_id")) break;
      if (!walk.String(text)) return F::kRecord;
      event.user_hash = text.empty() ? 0 : HashBytes(text).low;
      return F::kUserId;
    case SlotOf("invalid_reason"):
      if (!walk.Key("invalid_reason")) break;
      return read(walk.Parsed(ParseInvalidReason, event.invalid_reason), F::kInvalidReason);
    default:
      break;
  }
  return read(walk.UnknownField(), F::kNone);
}

}  // namespace

size_t ReadPlainJsonEvent(std::string_view text, Event& event) {
  if (text.size() <= kPlainJsonSlack) return 0;
  ClearEvent(event);
  uint32_t seen = 0;
  Walk walk(text);
  if (!walk.Char('{')) return 0;
  do {
    if (!walk.AtFieldWithRoom()) return 0;
    const EventField field = ReadField(walk, event);
    if (field == EventField::kRecord) return 0;
    seen |= Bit(field);
  } while (walk.Comma());
  if (!walk.Char('}') || FirstMissingField(seen, event) != EventField::kNone) return 0;
  return walk.taken() <= kMaxEventJsonBytes ? walk.taken() : 0;
}

}  // namespace adtally
