#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.h"
#include "base/result.h"
#include "edge/country_file.h"
#include "edge/edge_options.h"
#include "event/event.h"
#include "http/message.h"

namespace adtally {

// Who made a request, as far as its headers and address tell.
struct ClientInfo {
  Device device = Device::kOther;
  CountryCode country;  // empty: unknown
  RegionCode region;
  bool bot = false;
};

// Reads ClientInfo from requests. Thread-safe.
class ClientInspector {
 public:
  // Errors name the option that is wrong.
  static Result<std::unique_ptr<ClientInspector>> Create(const ClientInfoOptions& options);

  // Country and region: from the headers of a trusted proxy, else from the country file, else
  // unknown.
  ClientInfo Inspect(const http::Request& request) const;

  // As http::ClientAddress finds it.
  std::optional<IpAddress> ClientAddress(const http::Request& request) const;

 private:
  ClientInspector() = default;
  Place PlaceFromProxy(const http::Request& request) const;

  std::vector<IpNetwork> trusted_proxies_;
  std::string country_header_;
  std::string region_header_;
  std::unique_ptr<CountryFile> country_file_;
};

}  // namespace adtally
