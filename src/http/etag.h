#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace adtally::http {

// The entity tag of these bytes, in its quotes.
std::string ETagOf(std::string_view data);

// Whether the client has what the tag stands for, by If-None-Match.
bool HasNewest(const Request& request, std::string_view etag);

// Adds the body's ETag; when the client has that body already, the answer becomes 304 without one.
// `response` is a 200.
Response WithETag(const Request& request, Response response);

}  // namespace adtally::http
