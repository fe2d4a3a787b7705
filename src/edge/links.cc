#include "edge/links.h"

#include <algorithm>

#include "base/landing_url.h"
#include "event/event_id.h"

namespace adtally {
namespace {

Error Wrong(std::string_view field, std::string_view expectation) {
  return {ErrorCode::kInvalidArgument, std::string(field) + ": " + std::string(expectation)};
}

bool IsImpressionId(std::string_view id) {
  return id.size() <= kMaxImpressionIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

Result<void> CheckCost(std::string_view field, int64_t micros) {
  if (micros >= 0 && micros <= kMaxMicrosPerEvent) return {};
  return Wrong(field, "expected 0 to " + std::to_string(kMaxMicrosPerEvent) + " micros, got " +
                          std::to_string(micros));
}

Result<void> Check(const LinkRequest& request) {
  const Dimensions& ids = request.dimensions;
  if (ids.advertiser_id == 0) return Wrong("advertiser_id", "missing, or 0; ids start at 1");
  if (ids.campaign_id == 0) return Wrong("campaign_id", "missing, or 0; ids start at 1");
  if (ids.ad_group_id == 0) return Wrong("ad_group_id", "missing, or 0; ids start at 1");
  if (ids.creative_id == 0) return Wrong("creative_id", "missing, or 0; ids start at 1");
  if (request.landing_url.size() > kMaxLandingUrlBytes) {
    return Wrong("landing_url", "longer than " + std::to_string(kMaxLandingUrlBytes) + " bytes");
  }
  if (!request.landing_url.empty() && !IsLandingUrl(request.landing_url)) {
    return Wrong("landing_url", "expected " + std::string(kLandingUrlRule));
  }
  ADTALLY_TRY(CheckCost("click_cost_micros", request.click_cost_micros));
  ADTALLY_TRY(CheckCost("impression_cost_micros", request.impression_cost_micros));
  if (!IsImpressionId(request.impression_id)) {
    return Wrong("impression_id", "expected 1 to 48 characters of A-Z, a-z, 0-9, '_' and '-'");
  }
  if (request.expires_in_s < 1 || request.expires_in_s > kMaxLinkSeconds) {
    return Wrong("expires_in_s", "expected 1 to " + std::to_string(kMaxLinkSeconds) +
                                     " (366 days), got " + std::to_string(request.expires_in_s));
  }
  return {};
}

}  // namespace

Result<Links> MakeLinks(const LinkRequest& request, const TokenSigner& signer, int64_t now_ms,
                        std::string_view public_url) {
  ADTALLY_TRY(Check(request));
  TokenClaims claims;
  claims.kind = TokenClaims::Kind::kLink;
  claims.impression_id = request.impression_id.empty() ? NewUuidV7(now_ms) : request.impression_id;
  claims.dimensions = request.dimensions;
  claims.click_cost_micros = request.click_cost_micros;
  claims.impression_cost_micros = request.impression_cost_micros;
  claims.time = EventTime(now_ms);
  claims.expires_ms = now_ms + request.expires_in_s * kMillisPerSecond;
  claims.landing_url = request.landing_url;
  ADTALLY_TRY(CheckClaims(claims));

  const std::string token = signer.Sign(claims);
  const std::string base(public_url);
  return Links{base + "/i/" + token + ".gif", base + "/c/" + token, claims.impression_id};
}

}  // namespace adtally
