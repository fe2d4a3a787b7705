#pragma once

#include <string>

#include "base/result.h"
#include "http/message.h"
#include "reporting/access.h"
#include "reporting/api_keys.h"
#include "reporting/sessions.h"
#include "reporting/token_buckets.h"

namespace adtally {

// The calls of /v1/session: signing in, out, and who is signed in. Thread-safe; they do not block.
// Everything given must outlive it.
class SessionCalls {
 public:
  // `options` are those of `access`.
  SessionCalls(const AccessOptions& options, Access& access, const Sessions& sessions,
               const ApiKeys& keys);

  http::Response Get(const http::Request& request);
  http::Response Post(const http::Request& request);
  http::Response Delete(const http::Request& request);

 private:
  Result<KnownKey> CheckSignIn(const http::Request& request) const;
  std::string AddressOf(const http::Request& request) const;

  const AccessOptions& options_;
  Access& access_;
  const Sessions& sessions_;
  const ApiKeys& keys_;
  TokenBuckets sign_ins_;  // that failed, by address
};

}  // namespace adtally
