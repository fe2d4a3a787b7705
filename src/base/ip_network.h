#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace adtally {

// An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d, in network order.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  bool is_v4() const;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

// "1.2.3.4", "::1", and with a port as proxies write them: "1.2.3.4:567", "[::1]:567".
std::optional<IpAddress> ParseIpAddress(std::string_view text);

// An address range: "10.0.0.0/8", "2001:db8::/32", or a single address.
class IpNetwork {
 public:
  static Result<IpNetwork> Parse(std::string_view text);
  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(IpAddress base, int prefix_bits) : base_(base), prefix_bits_(prefix_bits) {}
  IpAddress base_;
  int prefix_bits_;  // of the 128
};

bool ContainsAddress(const std::vector<IpNetwork>& networks, const IpAddress& address);

}  // namespace adtally
