#include "app/link_maker.h"

#include <utility>

#include "edge/link_json.h"
#include "edge/links.h"

namespace adtally {
namespace {

// "[::1]:8080" is "[::1]" and ":8080". A host may come without a port.
std::pair<std::string_view, std::string_view> HostAndPort(std::string_view address) {
  const size_t colon = address.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && address.find(']', colon) == std::string_view::npos;
  if (!has_port) return {address, ""};
  return {address.substr(0, colon), address.substr(colon)};
}

}  // namespace

LinkMaker::LinkMaker(std::string public_url, std::string edge_address, const TokenSigner& signer,
                     const Clock& clock)
    : public_url_(std::move(public_url)),
      edge_address_(std::move(edge_address)),
      signer_(signer),
      clock_(clock) {
  while (public_url_.ends_with('/')) public_url_.pop_back();
}

// An edge that listens on all addresses is reached by the name that the API was reached by.
Result<std::string> LinkMaker::EdgeUrl(std::string_view host) const {
  if (!public_url_.empty()) return public_url_;
  auto [name, port] = HostAndPort(edge_address_);
  const bool everywhere = name == "0.0.0.0" || name == "[::]";
  if (everywhere) name = HostAndPort(host).first;
  if (name.empty()) {
    return Error{ErrorCode::kConflict,
                 "this process does not know where the edge is reached: set edge.public_url"};
  }
  return "http://" + std::string(name) + std::string(port);
}

Result<std::string> LinkMaker::MakeLinks(std::string_view body, std::string_view host) const {
  ADTALLY_ASSIGN(const LinkRequest request, ParseLinkRequest(body));
  ADTALLY_ASSIGN(const std::string url, EdgeUrl(host));
  ADTALLY_ASSIGN(const Links links, adtally::MakeLinks(request, signer_, clock_.NowMs(), url));
  return LinksToJson(links);
}

}  // namespace adtally
