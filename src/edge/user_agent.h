#pragma once

#include <string_view>

#include "event/event.h"

namespace adtally {

// What a browser says about itself.
struct AgentHeaders {
  std::string_view user_agent;   // User-Agent
  std::string_view ch_mobile;    // Sec-CH-UA-Mobile: "?0" or "?1"
  std::string_view ch_platform;  // Sec-CH-UA-Platform: "\"Android\""
};

struct AgentTraits {
  Device device = Device::kOther;
  bool bot = false;
};

// The client hints decide where they are sent (they are exact), after a look for televisions, which
// hints do not know. A tablet that asks for desktop pages (iPadOS does by default) says that it is
// a desktop, and is counted as one.
Device ClassifyDevice(const AgentHeaders& agent);

// Whether the User-Agent says that no person is behind it. An absent one does not say so.
bool IsBot(std::string_view user_agent);

// Both, remembered per thread for the agents seen last: the patterns cost microseconds.
// Thread-safe.
AgentTraits FindAgentTraits(const AgentHeaders& agent);

}  // namespace adtally
