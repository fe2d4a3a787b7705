#include "reporting/sessions.h"

#include <utility>

#include "base/ascii.h"
#include "http/cookies.h"
#include "http/forwarded.h"
#include "reporting/key_secret.h"

namespace adtally {
namespace {

// The prefix makes browsers refuse the cookie unless it is Secure, for the whole host and for this
// host alone, so that neither a plain connection nor a sibling domain can plant one.
std::string_view CookieName(bool secure) {
  return secure ? "__Host-adtally-session" : "adtally-session";
}

}  // namespace

Sessions::Sessions(SessionOptions options, const ApiKeys& keys, const Clock& clock)
    : options_(std::move(options)),
      tokens_(options_.secret.empty() ? NewApiKey() : options_.secret),
      keys_(keys),
      clock_(clock) {}

bool Sessions::IsSecure(const http::Request& request) const {
  return StartsWithIgnoreCase(options_.public_url, "https://") ||
         http::CameOverTls(request, options_.trusted_proxies);
}

// Strict costs nothing: the page itself needs no cookie, and its own calls carry it however the
// user came to the page.
void Sessions::SetCookie(const http::Request& request, std::string_view value, int64_t seconds,
                         http::Response& response) const {
  const bool secure = IsSecure(request);
  std::string cookie(CookieName(secure));
  cookie.append("=").append(value).append("; Path=/; Max-Age=").append(std::to_string(seconds));
  cookie += "; HttpOnly; SameSite=Strict";
  if (secure) cookie += "; Secure";
  response.headers.emplace_back("Set-Cookie", std::move(cookie));
}

SignIn Sessions::Begin(const KnownKey& key, const http::Request& request,
                       http::Response& response) const {
  SignIn sign_in{key, clock_.NowMs() / 1000 + kSessionSeconds};
  const SessionClaims claims{key.principal.key_id, sign_in.expires_s};
  SetCookie(request, tokens_.Sign(claims, key.hash), kSessionSeconds, response);
  return sign_in;
}

void Sessions::End(const http::Request& request, http::Response& response) const {
  SetCookie(request, "", 0, response);
}

std::optional<SignIn> Sessions::Find(const http::Request& request) const {
  const std::string_view token = http::CookieValue(request, CookieName(IsSecure(request)));
  if (token.empty()) return std::nullopt;
  const auto claims = SessionTokens::Read(token);
  if (!claims || clock_.NowMs() / 1000 >= claims->expires_s) return std::nullopt;
  auto key = keys_.Find(claims->key_id);
  if (!key || !tokens_.IsGenuine(token, key->hash)) return std::nullopt;
  return SignIn{*std::move(key), claims->expires_s};
}

}  // namespace adtally
