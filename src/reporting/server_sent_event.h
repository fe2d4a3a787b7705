#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adtally {

// The lines of a text/event-stream (https://html.spec.whatwg.org/#server-sent-events).

// One event. `id` may be empty: the client then keeps the one that it had. No argument holds a line
// end.
std::string ServerSentEvent(std::string_view event, std::string_view id, std::string_view data);
// After how long a client connects again that was cut off.
std::string ReconnectAfter(int64_t ms);
// Tells both sides and what is between them that the connection lives.
inline constexpr std::string_view kHeartbeat = ": still here\n\n";

}  // namespace adtally
