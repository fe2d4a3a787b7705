#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace adtally::http {

// The header that a page must send with a call that changes something. Its value does not matter.
inline constexpr std::string_view kCsrfHeader = "Adtally-Csrf";

// kForbidden unless the request was made by a page of this site, or by a program: the proof that
// calls need which the browser authenticates by a cookie. `public_origin`: what the site is called
// from outside, "https://ads.example.com"; empty when nobody said.
Result<void> ProveSameOrigin(const Request& request, std::string_view public_origin);

// "https://ads.example.com:8443" of "https://ads.example.com:8443/path"; "" when it is no http or
// https URL.
std::string OriginOfUrl(std::string_view url);

}  // namespace adtally::http
