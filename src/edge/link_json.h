#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/links.h"

namespace adtally {

// Reads the body of POST /v1/links: one JSON object. Types and ranges of integers are checked here,
// the rest by MakeLinks. Unknown fields are ignored. Errors name the field and show what was found.
Result<LinkRequest> ParseLinkRequest(std::string_view body);

std::string LinksToJson(const Links& links);

}  // namespace adtally
