#include "base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace adtally {
namespace {

constexpr std::array<uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr size_t kMaxAddressText = INET6_ADDRSTRLEN;

std::optional<IpAddress> ParseBareAddress(std::string_view text) {
  if (text.size() >= kMaxAddressText) return std::nullopt;
  char zero_terminated[kMaxAddressText] = {};
  std::memcpy(zero_terminated, text.data(), text.size());
  IpAddress address;
  if (inet_pton(AF_INET6, zero_terminated, address.bytes.data()) == 1) return address;
  std::copy(kV4Prefix.begin(), kV4Prefix.end(), address.bytes.begin());
  if (inet_pton(AF_INET, zero_terminated, address.bytes.data() + kV4Prefix.size()) == 1) {
    return address;
  }
  return std::nullopt;
}

std::string_view WithoutPort(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    return end == std::string_view::npos ? text : text.substr(1, end - 1);
  }
  const size_t colon = text.find(':');
  const bool single_colon =
      colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return single_colon ? text.substr(0, colon) : text;
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kV4Prefix.begin(), kV4Prefix.end(), bytes.begin());
}

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  return ParseBareAddress(WithoutPort(text));
}

Result<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const Error error{ErrorCode::kInvalidArgument,
                    "expected an address or a CIDR range such as \"10.0.0.0/8\", got \"" +
                        std::string(text) + "\""};
  const size_t slash = text.find('/');
  const std::optional<IpAddress> base = ParseBareAddress(text.substr(0, slash));
  if (!base) return error;
  if (slash == std::string_view::npos) return IpNetwork(*base, 128);

  const int width =
      base->is_v4() && text.substr(0, slash).find(':') == std::string_view::npos ? 32 : 128;
  const std::string_view digits = text.substr(slash + 1);
  int bits = -1;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (problem != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > width) {
    return error;
  }
  return IpNetwork(*base, 128 - width + bits);
}

bool IpNetwork::Contains(const IpAddress& address) const {
  const size_t whole = static_cast<size_t>(prefix_bits_) / 8;
  if (!std::equal(base_.bytes.begin(), base_.bytes.begin() + static_cast<ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  const int rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  return ((base_.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

bool ContainsAddress(const std::vector<IpNetwork>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const IpNetwork& network) { return network.Contains(address); });
}

}  // namespace adtally
