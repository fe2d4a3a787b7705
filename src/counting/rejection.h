#pragma once

#include <string_view>

#include "counting/rejected_events.h"
#include "event/event.h"

namespace adtally {

class JsonEventDecoder;

// Whether a decoder's event cannot be counted. Counting depends on the log alone and not on keys
// for signed ids, so what only a click_id would tell is not known to it.
inline bool IsRejected(const Event& event, EventField bad_field) {
  return bad_field != EventField::kNone || IdsComeFromClick(event);
}

// Reads a record that holds rejected events once more and shows them. `json`: a decoder that is not
// in use; nullptr for a record in Protobuf. Of `where` partition, offset and append time are set.
void ShowRejectedEvents(std::string_view record, JsonEventDecoder* json, RejectedEvent where,
                        RejectedEvents& to);

}  // namespace adtally
