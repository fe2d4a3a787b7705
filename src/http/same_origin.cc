#include "http/same_origin.h"

#include "base/ascii.h"

namespace adtally::http {
namespace {

Error Forgery(std::string_view why) {
  return {ErrorCode::kForbidden,
          "this call must come from the dashboard's own pages, but " + std::string(why)};
}

// Without its scheme, since behind a proxy the server does not know its own.
std::string_view HostOfOrigin(std::string_view origin) {
  const size_t slashes = origin.find("://");
  return slashes == std::string_view::npos ? std::string_view{} : origin.substr(slashes + 3);
}

bool IsOwnOrigin(const Request& request, std::string_view origin, std::string_view public_origin) {
  if (!public_origin.empty() && EqualsIgnoreCase(origin, public_origin)) return true;
  const std::string_view host = HostOfOrigin(origin);
  return !host.empty() && EqualsIgnoreCase(host, request.Header("Host"));
}

}  // namespace

// As OWASP's cheat sheet on cross-site request forgery has it for an API without forms: browsers
// state by Sec-Fetch-Site where a request comes from and let no page change it; where they leave it
// out (old ones, and plain http to other hosts than localhost) they still send Origin with every
// POST and DELETE. The header of our own stands for a token: a foreign page may not send it without
// asking this server first (a CORS preflight), and the server never allows that. SameSite=Strict of
// the cookie is a third line, which alone would not hold against sites below the same domain.
Result<void> ProveSameOrigin(const Request& request, std::string_view public_origin) {
  if (request.Header(kCsrfHeader).empty()) {
    return Forgery("the header " + std::string(kCsrfHeader) + " is missing; send it as " +
                   std::string(kCsrfHeader) + ": 1");
  }
  if (const std::string_view site = request.Header("Sec-Fetch-Site"); !site.empty()) {
    if (EqualsIgnoreCase(site, "same-origin")) return {};
    return Forgery("the browser says that another site made it");
  }
  const std::string_view origin = request.Header("Origin");
  // Programs send neither of the two, and no foreign page can make them call.
  if (origin.empty() || IsOwnOrigin(request, origin, public_origin)) return {};
  return Forgery(
      "its Origin is another site; if it is this one behind a proxy, set api.public_url");
}

std::string OriginOfUrl(std::string_view url) {
  if (!StartsWithIgnoreCase(url, "http://") && !StartsWithIgnoreCase(url, "https://")) return "";
  const size_t host = url.find("://") + 3;
  return std::string(url.substr(0, url.find_first_of("/?#", host)));
}

}  // namespace adtally::http
