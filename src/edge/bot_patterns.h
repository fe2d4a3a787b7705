#pragma once

#include <span>
#include <string_view>

namespace adtally {

// RE2 patterns of User-Agents that are not people: crawlers, monitors, link previews, scripts.
// Matched anywhere in the agent, without regard to case.
//
// Left out on purpose, since apps of people send them: okhttp, CFNetwork, Dart, Electron,
// GoogleImageProxy. No User-Agent at all is not in the list either: native SDKs often send none.
std::span<const std::string_view> BotPatterns();

}  // namespace adtally
