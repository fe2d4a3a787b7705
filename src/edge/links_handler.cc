#include "edge/links_handler.h"

#include <string>
#include <utility>

#include "edge/link_json.h"
#include "edge/links.h"

namespace adtally {
namespace {

constexpr size_t kMaxBodyBytes = 64 << 10;

}  // namespace

http::Response HandleLinks(const http::Request& request, EdgeContext& edge) {
  if (auto refusal = RefuseKey(request, edge)) return std::move(*refusal);
  if (request.body.size() > kMaxBodyBytes)
    return http::Problem(413, "a request for links has at most 64 KiB");
  const auto link = ParseLinkRequest(request.body);
  if (!link.ok()) return http::Problem(link.error());

  std::string public_url = edge.options.public_url;
  if (public_url.empty()) {
    const std::string_view host = request.Header("Host");
    if (host.empty()) return http::Problem(400, "send a Host header, or set edge.public_url");
    public_url.append("http://").append(host);
  }
  const auto links = MakeLinks(*link, edge.signer, edge.clock.NowMs(), public_url);
  if (!links.ok()) return http::Problem(links.error());
  edge.stats.links.Add();
  return http::Json(LinksToJson(*links));
}

}  // namespace adtally
