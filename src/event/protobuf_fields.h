#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <protozero/types.hpp>
#include <string_view>

#include "event/event.h"

// What the readers and the writer of proto/adtally/v1/event.proto share.
namespace adtally::wire {

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

// What does not fit the event's own types becomes a value that FirstInvalidField refuses for
// certain, so that a number is never cut to a good one and validity is judged in one place.
inline uint32_t Id(uint64_t value) {
  return value > std::numeric_limits<uint32_t>::max() ? 0 : static_cast<uint32_t>(value);
}

template <class Enum>
Enum SmallEnum(uint64_t value) {
  return static_cast<Enum>(std::min<uint64_t>(value, std::numeric_limits<uint8_t>::max()));
}

inline int64_t NonNegative(uint64_t value) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(value, kMax));
}

template <int N>
PlaceCode<N> Place(std::string_view text) {
  PlaceCode<N> code;
  if (text.size() <= N) std::copy(text.begin(), text.end(), code.chars.begin());
  // Too long, or a NUL in it, which would pass for the padding of a shorter code.
  if (code.view().size() != text.size()) code.chars.fill('?');
  return code;
}

}  // namespace adtally::wire
