#pragma once

#include <string>
#include <string_view>

#include "event/signed_token.h"  // kMaxLandingUrlBytes

namespace adtally {

// Whether a redirect may go there: an absolute http or https URL with a host, at most
// kMaxLandingUrlBytes, without spaces, control characters (they could end the Location header) and
// backslashes (browsers read them as slashes).
bool IsLandingUrl(std::string_view url);

// The URL with `click_id=ID` added to its query, before any fragment. The id must need no escaping.
std::string WithClickId(std::string_view url, std::string_view click_id);

}  // namespace adtally
