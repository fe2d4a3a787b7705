#pragma once

#include <cstdint>
#include <optional>

namespace adtally {

// Whose rows a caller may see: one advertiser's, or everybody's when nullopt.
using Scope = std::optional<uint32_t>;

}  // namespace adtally
