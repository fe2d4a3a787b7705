#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adtally {

// A date or a date and time as a user writes it, to the minute.
struct CivilTime {
  int64_t wall_s = 0;               // what the clock on the wall shows, counted as if it were UTC
  std::optional<int32_t> offset_s;  // east of UTC; nullopt when the text has none
  friend bool operator==(const CivilTime&, const CivilTime&) = default;
};

// How a bound of a time range is written, for messages.
inline constexpr std::string_view kTimeSyntax =
    "a date like 2026-11-01, or a time like 2026-11-01T12:30 or 2026-11-01T12:30:00Z, with or "
    "without an offset like Z or +01:00, from 2000 to 2099";

// Which whole minute a time inside a minute stands for.
enum class RoundMinute { kDown, kUp };

// Reads `2026-11-01`, `2026-11-01T12:30` or `2026-11-01T12:30:59.999`, each time with or without
// `Z` or `+01:00`. A space stands for '+', since that is what an unescaped '+' in a query means.
// Seconds are rounded to a whole minute. nullopt for anything else, such as a year outside 2000 to
// 2099.
std::optional<CivilTime> ParseCivilTime(std::string_view text, RoundMinute round);

// "2026-11-01 12:30:00": how ClickHouse writes a wall time.
std::string FormatWallTime(int64_t wall_s);

}  // namespace adtally
