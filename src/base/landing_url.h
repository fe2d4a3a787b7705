#pragma once

#include <cstddef>
#include <string_view>

namespace adtally {

inline constexpr size_t kMaxLandingUrlBytes = 2048;

// For error messages, after "expected ".
inline constexpr std::string_view kLandingUrlRule =
    "an absolute http or https URL of at most 2048 bytes, without user info, spaces, control "
    "characters and backslashes";

// Whether a redirect may go there: an absolute http or https URL, the scheme in any case, with a
// host and at most kMaxLandingUrlBytes. No spaces and control characters (they could end the
// Location header), no backslashes (browsers read them as slashes) and no user info
// (https://shop.example@evil.example/ looks like the shop's).
bool IsLandingUrl(std::string_view url);

}  // namespace adtally
