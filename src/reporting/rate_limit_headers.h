#pragma once

#include <string_view>

#include "http/message.h"
#include "reporting/token_buckets.h"

namespace adtally {

// Adds RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers) to an answer: the
// quota, and what is left of it. `policy_name` tells policies apart: "key", "sign-in".
void AddRateLimitHeaders(std::string_view policy_name, const RatePolicy& policy,
                         const RateVerdict& verdict, http::Response& response);

// 429 with those headers and Retry-After.
http::Response TooManyRequests(std::string_view policy_name, const RatePolicy& policy,
                               const RateVerdict& verdict, std::string_view detail);

}  // namespace adtally
