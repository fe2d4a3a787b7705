#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip_network.h"
#include "http/message.h"
#include "reporting/api_keys.h"
#include "reporting/session_token.h"

namespace adtally {

inline constexpr int64_t kSessionSeconds = 12 * 3600;

// A browser that is signed in.
struct SignIn {
  KnownKey key;
  int64_t expires_s = 0;  // since the Unix epoch
};

struct SessionOptions {
  std::string secret;  // see SessionTokens; empty: a random one
  // Cookies are Secure when this begins with https, or when one of the proxies says that a request
  // came over TLS.
  std::string public_url;
  std::vector<IpNetwork> trusted_proxies;
};

// Sign-in sessions, kept by the browser alone: a cookie that no script can read, no other site can
// use and no connection without TLS carries where there is TLS. Thread-safe. Keys and clock must
// outlive it.
class Sessions {
 public:
  Sessions(SessionOptions options, const ApiKeys& keys, const Clock& clock);

  // Signs the key's holder in: adds the cookie to `response`.
  SignIn Begin(const KnownKey& key, const http::Request& request, http::Response& response) const;
  // Takes the cookie away from the browser.
  void End(const http::Request& request, http::Response& response) const;
  // nullopt when nobody is signed in: no cookie, or one that is forged, over, or of a revoked key.
  std::optional<SignIn> Find(const http::Request& request) const;

 private:
  bool IsSecure(const http::Request& request) const;
  void SetCookie(const http::Request& request, std::string_view value, int64_t seconds,
                 http::Response& response) const;

  const SessionOptions options_;
  const SessionTokens tokens_;
  const ApiKeys& keys_;
  const Clock& clock_;
};

}  // namespace adtally
