#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_network.h"
#include "base/result.h"
#include "http/auth.h"
#include "http/message.h"
#include "reporting/api_keys.h"
#include "reporting/sessions.h"
#include "reporting/token_buckets.h"

namespace adtally {

struct AccessOptions {
  // Signs sessions: at least 16 bytes, the same in all API processes. Empty: a random one, so that
  // sessions end with the process.
  std::string session_secret = {};
  std::string public_url = {};                  // of the API from outside; empty: not known
  std::vector<IpNetwork> trusted_proxies = {};  // whose X-Forwarded-… headers are believed
  RatePolicy calls_per_key = {};                // per_second 0: as many as they like
  RatePolicy sign_ins_per_address = {0.2, 10};  // that fail
  const Clock* clock = &SystemClock();          // outlives the API
};

// A call's caller, or the answer that refuses the call.
struct Admission {
  std::optional<http::Principal> caller;
  std::optional<int64_t> session_expires_s;  // when a session's cookie names the caller
  http::Response refusal;                    // when there is no caller
  // Belong on the answer of an admitted call.
  std::vector<std::pair<std::string, std::string>> headers;
};

// kForbidden unless the caller has one of the roles.
Result<void> CheckRole(const http::Principal& caller, const std::vector<http::Role>& roles);

// Who may make a call of the API, and how often: by an API key, or by the cookie of a session for
// browsers. Thread-safe; does not block. Keys and sessions must outlive it.
class Access {
 public:
  Access(const AccessOptions& options, const ApiKeys& keys, const Sessions& sessions);

  // `roles` may make the call.
  Admission Admit(const http::Request& request, const std::vector<http::Role>& roles);

  // kForbidden unless a page of the API's own origin, or a program, makes the call.
  Result<void> CheckPage(const http::Request& request) const;

 private:
  Result<Admission> Identify(const http::Request& request) const;

  const std::string public_origin_;
  const ApiKeys& keys_;
  const Sessions& sessions_;
  TokenBuckets calls_;  // by key
};

}  // namespace adtally
