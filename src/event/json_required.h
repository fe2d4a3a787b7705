#pragma once

#include <array>
#include <cstdint>

#include "event/event.h"

namespace adtally {

// A set of fields has Bit(field) for each.
constexpr uint32_t Bit(EventField field) {
  return 1U << static_cast<int>(field);
}

// The first required field of a JSON event that is not in the set `seen`, or kNone. Only a
// conversion with a click_id may leave its ids out, all four of them.
inline EventField FirstMissingField(uint32_t seen, const Event& event) {
  // In the order in which a missing one is reported.
  constexpr std::array kRequired = {EventField::kEventId,    EventField::kType,
                                    EventField::kTimestamp,  EventField::kAdvertiserId,
                                    EventField::kCampaignId, EventField::kAdGroupId,
                                    EventField::kCreativeId};
  constexpr uint32_t kIdBits = Bit(EventField::kAdvertiserId) | Bit(EventField::kCampaignId) |
                               Bit(EventField::kAdGroupId) | Bit(EventField::kCreativeId);
  constexpr uint32_t kRequiredBits =
      kIdBits | Bit(EventField::kEventId) | Bit(EventField::kType) | Bit(EventField::kTimestamp);

  uint32_t missing = kRequiredBits & ~seen;
  if (missing == 0) return EventField::kNone;
  const bool ids_from_click = event.type == EventType::kConversion && !event.click_id.empty();
  if (ids_from_click && (seen & kIdBits) == 0) missing &= ~kIdBits;
  for (const EventField field : kRequired) {
    if ((missing & Bit(field)) != 0) return field;
  }
  return EventField::kNone;
}

}  // namespace adtally
