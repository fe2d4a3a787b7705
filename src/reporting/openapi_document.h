#pragma once

#include <string_view>

namespace adtally {

// api/openapi.json, compiled in.
std::string_view OpenApiDocument();

}  // namespace adtally
