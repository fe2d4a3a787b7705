#include "http/forwarded.h"

#include "base/ascii.h"

namespace adtally::http {

std::optional<IpAddress> ClientAddress(const Request& request,
                                       const std::vector<IpNetwork>& trusted) {
  std::optional<IpAddress> address = ParseIpAddress(request.remote_address);
  if (!address || !ContainsAddress(trusted, *address)) return address;

  // The header may be repeated: the lines count as one list, in order.
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (!EqualsIgnoreCase(header->first, "X-Forwarded-For")) continue;
    std::string_view rest = header->second;
    while (!rest.empty()) {
      const size_t comma = rest.rfind(',');
      const std::string_view hop =
          TrimSpace(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
      const std::optional<IpAddress> parsed = ParseIpAddress(hop);
      if (!parsed) return std::nullopt;
      address = parsed;
      if (!ContainsAddress(trusted, *parsed)) return address;
    }
  }
  return address;
}

bool CameOverTls(const Request& request, const std::vector<IpNetwork>& trusted) {
  const std::optional<IpAddress> peer = ParseIpAddress(request.remote_address);
  if (!peer || !ContainsAddress(trusted, *peer)) return false;
  std::string_view schemes = request.Header("X-Forwarded-Proto");
  // Several proxies may add to a list; its first entry is what the client used.
  return EqualsIgnoreCase(TrimSpace(TakeUntil(schemes, ',')), "https");
}

}  // namespace adtally::http
