#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "event/event.h"
#include "event/signed_token.h"

namespace adtally {

inline constexpr int64_t kDefaultLinkSeconds = 30 * kSecondsPerDay;
inline constexpr int64_t kMaxLinkSeconds = 366 * kSecondsPerDay;

// What an ad server asks tracking links for.
struct LinkRequest {
  Dimensions dimensions;    // device kOther, country and region empty: taken from each request
  std::string landing_url;  // empty: the catalog's page of the creative
  int64_t click_cost_micros = 0;  // millionths of the account's currency, like the next
  int64_t impression_cost_micros = 0;
  std::string impression_id;  // 1 to 48 of A-Z a-z 0-9 _ -; empty: a new UUIDv7
  int64_t expires_in_s = kDefaultLinkSeconds;
};

struct Links {
  std::string impression_url;
  std::string click_url;
  std::string impression_id;
};

// Signs the links of one impression. `public_url` is what they start with, without a slash at its
// end. kInvalidArgument names the field that is wrong.
Result<Links> MakeLinks(const LinkRequest& request, const TokenSigner& signer, int64_t now_ms,
                        std::string_view public_url);

}  // namespace adtally
