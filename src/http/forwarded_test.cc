#include "http/forwarded.h"

#include <gtest/gtest.h>

namespace adtally::http {
namespace {

const std::vector<IpNetwork> kTrusted = {*IpNetwork::Parse("10.0.0.0/8")};

Request From(std::string_view peer, std::string_view header, std::string_view value) {
  Request request;
  request.remote_address = peer;
  request.headers.emplace_back(header, value);
  return request;
}

TEST(ClientAddress, IsThePeersUnlessATrustedProxyNamesAnother) {
  const auto of = [](std::string_view peer, std::string_view forwarded_for) {
    return ClientAddress(From(peer, "x-forwarded-for", forwarded_for), kTrusted);
  };
  EXPECT_EQ(of("203.0.113.5", "198.51.100.1"), ParseIpAddress("203.0.113.5"));
  EXPECT_EQ(of("10.0.0.1", "198.51.100.1, 10.0.0.2"), ParseIpAddress("198.51.100.1"));
  EXPECT_EQ(of("10.0.0.1", "192.0.2.9, 198.51.100.1"), ParseIpAddress("198.51.100.1"));
  EXPECT_EQ(of("10.0.0.1", ""), ParseIpAddress("10.0.0.1"));
  EXPECT_EQ(of("10.0.0.1", "unknown"), std::nullopt);
}

TEST(CameOverTls, BelievesTrustedProxiesOnly) {
  const auto over_tls = [](std::string_view peer, std::string_view proto) {
    return CameOverTls(From(peer, "X-Forwarded-Proto", proto), kTrusted);
  };
  EXPECT_TRUE(over_tls("10.0.0.1", "https"));
  EXPECT_TRUE(over_tls("10.0.0.1", "HTTPS, http"));
  EXPECT_FALSE(over_tls("10.0.0.1", "http, https"));
  EXPECT_FALSE(over_tls("10.0.0.1", ""));
  EXPECT_FALSE(over_tls("203.0.113.5", "https"));
}

}  // namespace
}  // namespace adtally::http
