#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "event/signed_token.h"
#include "reporting/link_calls.h"

namespace adtally {

// Makes tracking links for the API, the same ones as the edge's POST /v1/links.
class LinkMaker final : public LinkCalls {
 public:
  // `public_url` as edge.public_url; `edge_address` of the edge in this process, "0.0.0.0:8080", or
  // empty. The signer and the clock outlive it.
  LinkMaker(std::string public_url, std::string edge_address, const TokenSigner& signer,
            const Clock& clock);

  Result<std::string> MakeLinks(std::string_view body, std::string_view host) const override;

 private:
  Result<std::string> EdgeUrl(std::string_view host) const;

  std::string public_url_;  // without a slash at its end
  const std::string edge_address_;
  const TokenSigner& signer_;
  const Clock& clock_;
};

}  // namespace adtally
