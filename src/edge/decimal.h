#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace adtally {

// "12.34" as millionths, exactly: digits, then optionally a point and 1 to 6 digits. nullopt for
// anything else: a sign, an exponent, a comma, a space, a seventh decimal, or more than
// `max_micros`.
std::optional<int64_t> ParseDecimalMicros(std::string_view text, int64_t max_micros);

}  // namespace adtally
