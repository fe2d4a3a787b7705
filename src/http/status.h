#pragma once

#include <string_view>

namespace adtally::http {

// The reason phrase of RFC 9110; "Unknown" for a status that has none.
std::string_view ReasonPhrase(int status);

}  // namespace adtally::http
