#pragma once

#include <string_view>

#include "event/event.h"

namespace adtally {

// What EventBatchReader::Next does, for fields in any order, repeated, unknown, truncated, and on
// any bytes: takes the next event off `rest`. EventBatchReader itself is faster on events as
// encoders write them and leaves all others to this; both give the same for the same bytes.
bool ReadGeneralEvent(std::string_view& rest, bool& broken, Event& event, EventField& bad_field);

}  // namespace adtally
