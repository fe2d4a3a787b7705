#pragma once

#include <cstddef>
#include <string_view>

#include "event/event.h"

namespace adtally {

// How many bytes have to follow an event for it to be read for certain.
inline constexpr size_t kPlainJsonSlack = 64;

// Reads the event at the front of `text`, if it is written the way programs write one: an object on
// one line with at most one space behind a colon or comma, strings without escapes, whole numbers,
// no objects or arrays inside, and every field as it has to be. Returns the size of its object, or
// 0 for anything else, good or bad: then JsonObjectReader has to read it, and what `event` holds
// means nothing. What is accepted is exactly what JsonObjectReader makes of the same bytes, three
// to four times as fast.
//
// The text goes on behind the event: nothing beyond the text is looked at, so an object that ends
// within kPlainJsonSlack bytes of the text's end may not be accepted. The event's views point into
// the text.
size_t ReadPlainJsonEvent(std::string_view text, Event& event);

}  // namespace adtally
