#pragma once

#include <string_view>

#include "http/message.h"

namespace adtally::http {

// The value of the request's cookie of that name; "" when there is none, or when there are several:
// one of them was set by somebody else, and which cannot be told. Valid as long as the request.
std::string_view CookieValue(const Request& request, std::string_view name);

}  // namespace adtally::http
