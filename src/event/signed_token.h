#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/event.h"

namespace adtally {

// What a tracking link or a click id says, protected by an HMAC: nobody but the holder of the keys
// can make or change one.
struct TokenClaims {
  enum class Kind : uint8_t {
    kLink = 1,   // in /c/ and /i/ links: made before the impression
    kClick = 2,  // the click_id that the landing page gets: made when the click happened
  };
  Kind kind = Kind::kLink;
  std::string impression_id;  // 1 to 48 bytes (a UUID makes the shortest token); click and
                              // impression event ids derive from it
  Dimensions dimensions;      // device kOther, country and region empty: filled from the request
  int64_t click_cost_micros = 0;
  int64_t impression_cost_micros = 0;
  EventTime time;           // kLink: when it was made. kClick: when the click happened
  int64_t expires_ms = 0;   // since the Unix epoch; refused from then on
  std::string landing_url;  // kLink; empty: the catalog's for the creative
};

inline constexpr size_t kMaxImpressionIdBytes = 48;

// What a token may say: ids from 1, costs from 0 to kMaxMicrosPerEvent, an impression_id of 1 to
// kMaxImpressionIdBytes without control characters, a landing_url that is empty or passes
// IsLandingUrl, an expiry. The error names the field. To be called before claims that came from
// outside are signed.
Result<void> CheckClaims(const TokenClaims& claims);

// Keys by id. `signing_key_id` names the one that signs; all of them verify, so that keys can be
// rotated.
struct TokenKeys {
  std::map<uint32_t, std::string> secrets;  // at least 16 bytes each
  uint32_t signing_key_id = 0;
};

// Signs and verifies tokens: base64url(Protobuf claims, key id inside, then 16 bytes of
// HMAC-SHA256). Thread-safe. Holds a keyed MAC context per thread and key, since keying costs more
// than signing.
class TokenSigner {
 public:
  static Result<std::unique_ptr<TokenSigner>> Create(TokenKeys keys);
  ~TokenSigner();

  // Claims that fail CheckClaims are signed too, but never verify. About 100 characters, plus 4/3
  // of the landing_url.
  std::string Sign(const TokenClaims& claims) const;

  // kNotFound for a token that is forged, altered, of another kind, signed by an unknown key or
  // expired at `now_ms`; the message says which, for the operator's log: do not show it to the
  // client.
  Result<TokenClaims> Verify(std::string_view token, TokenClaims::Kind kind, int64_t now_ms) const;

 private:
  struct Impl;
  explicit TokenSigner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
