#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace adtally {

// ParseRfc3339, several times as fast for what most programs write: UTC with a capital T and Z, and
// with milliseconds or no fraction.
std::optional<int64_t> ParseEventTimeText(std::string_view text);

}  // namespace adtally
