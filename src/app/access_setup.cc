#include "app/access_setup.h"

#include <utility>

#include "app/secrets.h"
#include "http/same_origin.h"

namespace adtally {

Result<AccessOptions> AccessOptionsFor(const Config& config, const std::string& admin_key) {
  AccessOptions options;
  options.public_url = config.api_public_url;
  if (!options.public_url.empty() && http::OriginOfUrl(options.public_url).empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "api.public_url: expected a URL such as \"https://ads.example.com\", got \"" +
                     options.public_url + "\""};
  }
  for (const std::string& text : config.api_trusted_proxies) {
    auto network = IpNetwork::Parse(text);
    if (!network.ok()) return std::move(network).error().WithContext("api.trusted_proxies");
    options.trusted_proxies.push_back(*network);
  }
  options.calls_per_key = {static_cast<double>(config.api_rate_limit_per_s),
                           static_cast<double>(config.api_rate_limit_burst)};
  options.session_secret = SessionSecret(admin_key);
  return options;
}

}  // namespace adtally
