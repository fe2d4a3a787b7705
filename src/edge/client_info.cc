#include "edge/client_info.h"

#include <utility>

#include "base/ascii.h"
#include "edge/user_agent.h"
#include "http/forwarded.h"

namespace adtally {

Result<std::unique_ptr<ClientInspector>> ClientInspector::Create(const ClientInfoOptions& options) {
  std::unique_ptr<ClientInspector> inspector(new ClientInspector);
  for (const std::string& text : options.trusted_proxies) {
    auto network = IpNetwork::Parse(text);
    if (!network.ok()) return std::move(network).error().WithContext("edge.trusted_proxies");
    inspector->trusted_proxies_.push_back(*network);
  }
  if (options.trusted_proxies.empty() &&
      !(options.country_header + options.region_header).empty()) {
    return Error{
        ErrorCode::kInvalidArgument,
        "edge.country_header and edge.region_header need edge.trusted_proxies: headers from "
        "anyone else are not believed"};
  }
  inspector->country_header_ = options.country_header;
  inspector->region_header_ = options.region_header;
  if (!options.country_file.empty()) {
    auto file = CountryFile::Open(options.country_file);
    if (!file.ok()) return std::move(file).error().WithContext("edge.country_file");
    inspector->country_file_ = std::move(file).value();
  }
  return inspector;
}

ClientInfo ClientInspector::Inspect(const http::Request& request) const {
  const AgentTraits traits =
      FindAgentTraits({request.Header("User-Agent"), request.Header("Sec-CH-UA-Mobile"),
                       request.Header("Sec-CH-UA-Platform")});
  ClientInfo client{traits.device, {}, {}, traits.bot};
  if (country_header_.empty() && !country_file_) return client;

  Place place = PlaceFromProxy(request);
  if (place.country.empty() && country_file_) {
    const std::optional<IpAddress> address = ClientAddress(request);
    if (address) place = country_file_->Find(*address);
  }
  client.country = place.country;
  client.region = place.region;
  return client;
}

Place ClientInspector::PlaceFromProxy(const http::Request& request) const {
  if (country_header_.empty()) return {};
  const std::optional<IpAddress> peer = ParseIpAddress(request.remote_address);
  if (!peer || !ContainsAddress(trusted_proxies_, *peer)) return {};

  const std::string name = AsciiUpper(TrimSpace(request.Header(country_header_)));
  const std::optional<CountryCode> country = ParseCountry(name);
  // "XX" is how proxies write "unknown".
  if (!country || country->empty() || name == "XX") return {};
  Place place{*country, {}};
  if (!region_header_.empty()) {
    std::string region = AsciiUpper(TrimSpace(request.Header(region_header_)));
    if (region.starts_with(name + "-")) region.erase(0, name.size() + 1);
    place.region = ParseRegion(region).value_or(RegionCode{});
  }
  return place;
}

std::optional<IpAddress> ClientInspector::ClientAddress(const http::Request& request) const {
  return http::ClientAddress(request, trusted_proxies_);
}

}  // namespace adtally
