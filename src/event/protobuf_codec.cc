#include "event/protobuf_codec.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <protozero/exception.hpp>
#include <protozero/types.hpp>
#include <protozero/varint.hpp>

#include "base/hash.h"

namespace adtally {
namespace {

using protozero::pbf_wire_type;

// Field numbers of proto/adtally/v1/event.proto.
enum Field : uint32_t {
  kEventId = 1,
  kType = 2,
  kTimestampMs = 3,
  kAdvertiserId = 4,
  kCampaignId = 5,
  kAdGroupId = 6,
  kCreativeId = 7,
  kDevice = 8,
  kCountry = 9,
  kRegion = 10,
  kCostMicros = 11,
  kClickId = 12,
  kOrderId = 13,
  kValueMicros = 14,
  kUserId = 15,
  kUserHash = 16,
  kClickTimeMs = 17,
  kInvalidReason = 18,
};
constexpr uint32_t kEventsOfBatch = 1;

constexpr uint32_t Tag(uint32_t field, pbf_wire_type type) {
  return field << 3 | static_cast<uint32_t>(type);
}
constexpr uint32_t VarintTag(uint32_t field) {
  return Tag(field, pbf_wire_type::varint);
}
constexpr uint32_t BytesTag(uint32_t field) {
  return Tag(field, pbf_wire_type::length_delimited);
}
constexpr uint32_t Fixed64Tag(uint32_t field) {
  return Tag(field, pbf_wire_type::fixed64);
}

// Walks the fields of one message. protozero's own reader cuts tags and lengths to 32 bits unseen;
// this one refuses them. Broken bytes throw protozero::exception, which never leaves this file.
class FieldCursor {
 public:
  explicit FieldCursor(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  bool AtEnd() const { return at_ == end_; }
  std::string_view Rest() const { return {at_, Left()}; }

  uint64_t Varint() { return protozero::decode_varint(&at_, end_); }

  uint32_t NextTag() {
    const uint64_t tag = Varint();
    if (tag < Tag(1, pbf_wire_type::varint) || tag > std::numeric_limits<uint32_t>::max()) {
      throw protozero::invalid_tag_exception{};
    }
    return static_cast<uint32_t>(tag);
  }

  std::string_view Bytes() {
    const uint64_t size = Varint();
    return Take(size);
  }

  uint64_t Fixed64() {
    const std::string_view bytes = Take(sizeof(uint64_t));
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(value); ++i) {
      value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return value;
  }

  void Skip(uint32_t tag) {
    switch (static_cast<pbf_wire_type>(tag & 7)) {
      case pbf_wire_type::varint:
        Varint();
        return;
      case pbf_wire_type::fixed64:
        Take(8);
        return;
      case pbf_wire_type::length_delimited:
        Bytes();
        return;
      case pbf_wire_type::fixed32:
        Take(4);
        return;
      default:
        throw protozero::unknown_pbf_wire_type_exception{};
    }
  }

 private:
  size_t Left() const { return static_cast<size_t>(end_ - at_); }

  std::string_view Take(uint64_t size) {
    if (size > Left()) throw protozero::end_of_buffer_exception{};
    const std::string_view taken{at_, static_cast<size_t>(size)};
    at_ += size;
    return taken;
  }

  const char* at_;
  const char* end_;
};

// What does not fit the event's own types becomes a value that FirstInvalidField refuses for
// certain, so that a number is never cut to a good one and validity is judged in one place.
uint32_t Id(uint64_t value) {
  return value > std::numeric_limits<uint32_t>::max() ? 0 : static_cast<uint32_t>(value);
}

template <class Enum>
Enum SmallEnum(uint64_t value) {
  return static_cast<Enum>(std::min<uint64_t>(value, std::numeric_limits<uint8_t>::max()));
}

int64_t NonNegative(uint64_t value) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(value, kMax));
}

template <int N>
PlaceCode<N> Place(std::string_view text) {
  PlaceCode<N> code;
  if (text.size() > N || (!text.empty() && text[0] == 0)) {
    code.chars.fill('?');
    return code;
  }
  std::copy(text.begin(), text.end(), code.chars.begin());
  return code;
}

void DecodeFields(std::string_view message, Event& event) {
  FieldCursor cursor(message);
  Dimensions& d = event.dimensions;
  std::string_view user_id;
  event.type = EventType{0};  // not a type: stays when the field is absent
  while (!cursor.AtEnd()) {
    const uint32_t tag = cursor.NextTag();
    switch (tag) {
      case BytesTag(kEventId):
        event.event_id = cursor.Bytes();
        break;
      case VarintTag(kType):
        event.type = SmallEnum<EventType>(cursor.Varint());
        break;
      case VarintTag(kTimestampMs):
        event.time = EventTime{NonNegative(cursor.Varint())};
        break;
      case VarintTag(kAdvertiserId):
        d.advertiser_id = Id(cursor.Varint());
        break;
      case VarintTag(kCampaignId):
        d.campaign_id = Id(cursor.Varint());
        break;
      case VarintTag(kAdGroupId):
        d.ad_group_id = Id(cursor.Varint());
        break;
      case VarintTag(kCreativeId):
        d.creative_id = Id(cursor.Varint());
        break;
      case VarintTag(kDevice):
        d.device = SmallEnum<Device>(cursor.Varint());
        break;
      case BytesTag(kCountry):
        d.country = Place<2>(cursor.Bytes());
        break;
      case BytesTag(kRegion):
        d.region = Place<3>(cursor.Bytes());
        break;
      case VarintTag(kCostMicros):
        event.cost_micros = NonNegative(cursor.Varint());
        break;
      case BytesTag(kClickId):
        event.click_id = cursor.Bytes();
        break;
      case BytesTag(kOrderId):
        event.order_id = cursor.Bytes();
        break;
      case VarintTag(kValueMicros):
        event.value_micros = NonNegative(cursor.Varint());
        break;
      case BytesTag(kUserId):
        user_id = cursor.Bytes();
        break;
      case Fixed64Tag(kUserHash):
        event.user_hash = cursor.Fixed64();
        break;
      case VarintTag(kClickTimeMs):
        event.click_time = EventTime{NonNegative(cursor.Varint())};
        break;
      case VarintTag(kInvalidReason):
        event.invalid_reason = SmallEnum<InvalidReason>(cursor.Varint());
        break;
      default:
        cursor.Skip(tag);
    }
  }
  if (!user_id.empty()) event.user_hash = HashBytes(user_id).low;
}

// Writes into memory that the caller made large enough.
class FieldWriter {
 public:
  explicit FieldWriter(char* out) : out_(out) {}
  char* end() const { return out_; }

  // Zero and empty are what a reader assumes: they take no bytes.
  void Varint(uint32_t field, uint64_t value) {
    if (value == 0) return;
    Put(VarintTag(field));
    Put(value);
  }
  void Bytes(uint32_t field, std::string_view bytes) {
    if (bytes.empty()) return;
    Put(BytesTag(field));
    Put(bytes.size());
    std::memcpy(out_, bytes.data(), bytes.size());
    out_ += bytes.size();
  }
  void Fixed64(uint32_t field, uint64_t value) {
    if (value == 0) return;
    Put(Fixed64Tag(field));
    for (size_t i = 0; i < sizeof(value); ++i) *out_++ = static_cast<char>(value >> (8 * i));
  }

 private:
  void Put(uint64_t value) { out_ += protozero::add_varint_to_buffer(out_, value); }
  char* out_;
};

char* WriteFields(const Event& event, char* out) {
  const Dimensions& d = event.dimensions;
  FieldWriter writer(out);
  writer.Bytes(kEventId, event.event_id);
  writer.Varint(kType, static_cast<uint64_t>(event.type));
  writer.Varint(kTimestampMs, static_cast<uint64_t>(event.time.value));
  writer.Varint(kAdvertiserId, d.advertiser_id);
  writer.Varint(kCampaignId, d.campaign_id);
  writer.Varint(kAdGroupId, d.ad_group_id);
  writer.Varint(kCreativeId, d.creative_id);
  writer.Varint(kDevice, static_cast<uint64_t>(d.device));
  writer.Bytes(kCountry, d.country.view());
  writer.Bytes(kRegion, d.region.view());
  writer.Varint(kCostMicros, static_cast<uint64_t>(event.cost_micros));
  writer.Bytes(kOrderId, event.order_id);
  writer.Varint(kValueMicros, static_cast<uint64_t>(event.value_micros));
  writer.Fixed64(kUserHash, event.user_hash);
  writer.Varint(kClickTimeMs, static_cast<uint64_t>(event.click_time.value));
  writer.Varint(kInvalidReason, static_cast<uint64_t>(event.invalid_reason));
  return writer.end();
}

}  // namespace

bool EventBatchReader::Next(Event& event, EventField& bad_field) {
  event = Event{};
  bool in_message = false;
  try {
    FieldCursor cursor(rest_);
    while (!cursor.AtEnd()) {
      const uint32_t tag = cursor.NextTag();
      if (tag != BytesTag(kEventsOfBatch)) {
        cursor.Skip(tag);
        continue;
      }
      const std::string_view message = cursor.Bytes();
      rest_ = cursor.Rest();
      in_message = true;
      DecodeFields(message, event);
      bad_field = FirstInvalidField(event);
      return true;
    }
    rest_ = {};
    return false;
  } catch (const protozero::exception&) {
    // The length of a broken message still tells where the next one begins; without a length
    // nothing does.
    if (!in_message) {
      rest_ = {};
      broken_ = true;
    }
    event = Event{};
    bad_field = EventField::kRecord;
    return true;
  }
}

void AppendToBatch(const Event& event, std::string& batch) {
  constexpr size_t kMaxPrefix = 1 + protozero::max_varint_length;
  constexpr size_t kMaxNumbers = 18 * (2 + protozero::max_varint_length);
  const size_t start = batch.size();
  batch.resize(start + kMaxPrefix + kMaxNumbers + event.event_id.size() + event.order_id.size());
  // Most events are shorter than 128 bytes: their length takes one byte, and nothing has to move.
  char* const prefix = batch.data() + start;
  char* const fields = prefix + 2;
  const auto size = static_cast<size_t>(WriteFields(event, fields) - fields);
  const auto length_bytes = static_cast<size_t>(protozero::length_of_varint(size));
  if (length_bytes != 1) std::memmove(prefix + 1 + length_bytes, fields, size);
  prefix[0] = static_cast<char>(BytesTag(kEventsOfBatch));
  protozero::add_varint_to_buffer(prefix + 1, size);
  batch.resize(start + 1 + length_bytes + size);
}

}  // namespace adtally
