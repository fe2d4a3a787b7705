#include "reporting/access.h"

#include <algorithm>

#include "http/same_origin.h"
#include "reporting/api_key_store.h"
#include "reporting/parameters.h"
#include "reporting/rate_limit_headers.h"

namespace adtally {
namespace {

using http::Role;

constexpr std::string_view kCallPolicy = "key";

bool OnlyReads(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

Result<void> CheckRole(const http::Principal& caller, const std::vector<Role>& roles) {
  if (std::find(roles.begin(), roles.end(), caller.role) != roles.end()) return {};
  return Error{ErrorCode::kForbidden, "this call needs a key with the role " +
                                          Choices(roles, [](Role role) { return RoleName(role); }) +
                                          "; this key has the role " +
                                          std::string(RoleName(caller.role))};
}

Access::Access(const AccessOptions& options, const ApiKeys& keys, const Sessions& sessions)
    : public_origin_(http::OriginOfUrl(options.public_url)),
      keys_(keys),
      sessions_(sessions),
      calls_(options.calls_per_key, *options.clock) {}

// A key that was sent decides alone: a wrong one never falls back to the cookie.
Result<Admission> Access::Identify(const http::Request& request) const {
  Admission admission;
  if (!request.Header("Authorization").empty()) {
    admission.caller = keys_.Authenticate(request.BearerKey());
    if (admission.caller) return admission;
    return Error{ErrorCode::kUnauthenticated, "the API key is unknown or revoked"};
  }
  if (auto sign_in = sessions_.Find(request)) {
    admission.caller = std::move(sign_in->key.principal);
    admission.session_expires_s = sign_in->expires_s;
    return admission;
  }
  return Error{ErrorCode::kUnauthenticated,
               "this call needs an API key, as the header Authorization: Bearer KEY, or the cookie "
               "of a session that is not over, from POST /v1/session"};
}

Admission Access::Admit(const http::Request& request, const std::vector<Role>& roles) {
  auto identified = Identify(request);
  if (!identified.ok()) return {{}, {}, http::Problem(identified.error()), {}};
  Admission admission = std::move(identified).value();
  const auto refuse = [&](http::Response refusal) {
    for (auto& header : admission.headers) refusal.headers.push_back(std::move(header));
    return Admission{{}, {}, std::move(refusal), {}};
  };

  if (calls_.policy().per_second > 0) {
    const RateVerdict verdict = calls_.Take(admission.caller->key_id);
    if (!verdict.allowed) {
      return refuse(TooManyRequests(kCallPolicy, calls_.policy(), verdict,
                                    "this key makes too many calls; wait as Retry-After says, or "
                                    "have api.rate_limit_per_s raised"));
    }
    http::Response limits;
    AddRateLimitHeaders(kCallPolicy, calls_.policy(), verdict, limits);
    admission.headers = std::move(limits.headers);
  }
  if (auto allowed = CheckRole(*admission.caller, roles); !allowed.ok()) {
    return refuse(http::Problem(allowed.error()));
  }
  if (admission.session_expires_s && !OnlyReads(request)) {
    if (auto own = CheckPage(request); !own.ok()) return refuse(http::Problem(own.error()));
  }
  return admission;
}

Result<void> Access::CheckPage(const http::Request& request) const {
  return http::ProveSameOrigin(request, public_origin_);
}

}  // namespace adtally
