#include "event/protobuf_general.h"

#include <limits>
#include <protozero/exception.hpp>
#include <protozero/varint.hpp>

#include "base/hash.h"
#include "event/protobuf_fields.h"

namespace adtally {
namespace {

using namespace wire;

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

}  // namespace

bool ReadGeneralEvent(std::string_view& rest, bool& broken, Event& event, EventField& bad_field) {
  ClearEvent(event);
  bool in_message = false;
  try {
    FieldCursor cursor(rest);
    while (!cursor.AtEnd()) {
      const uint32_t tag = cursor.NextTag();
      if (tag != BytesTag(kEventsOfBatch)) {
        cursor.Skip(tag);
        continue;
      }
      const std::string_view message = cursor.Bytes();
      rest = cursor.Rest();
      in_message = true;
      DecodeFields(message, event);
      bad_field = FirstInvalidField(event);
      return true;
    }
    rest = {};
    return false;
  } catch (const protozero::exception&) {
    // The length of a broken message still tells where the next one begins; without a length
    // nothing does.
    if (!in_message) {
      rest = {};
      broken = true;
    }
    ClearEvent(event);
    bad_field = EventField::kRecord;
    return true;
  }
}

}  // namespace adtally
