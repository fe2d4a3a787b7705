#include "reporting/rate_limit_headers.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace adtally {

void AddRateLimitHeaders(std::string_view policy_name, const RatePolicy& policy,
                         const RateVerdict& verdict, http::Response& response) {
  const std::string name = '"' + std::string(policy_name) + '"';
  const auto window_s = static_cast<int64_t>(std::ceil(policy.burst / policy.per_second));
  response.headers.emplace_back("RateLimit-Policy",
                                name + ";q=" + std::to_string(static_cast<int64_t>(policy.burst)) +
                                    ";w=" + std::to_string(window_s));
  response.headers.emplace_back("RateLimit", name + ";r=" + std::to_string(verdict.remaining) +
                                                 ";t=" + std::to_string(verdict.full_s));
}

http::Response TooManyRequests(std::string_view policy_name, const RatePolicy& policy,
                               const RateVerdict& verdict, std::string_view detail) {
  http::Response response = http::Problem(429, detail);
  // Problem() cannot know how long.
  for (auto& [name, value] : response.headers) {
    if (name == "Retry-After") value = std::to_string(std::max<int64_t>(1, verdict.retry_s));
  }
  AddRateLimitHeaders(policy_name, policy, verdict, response);
  return response;
}

}  // namespace adtally
