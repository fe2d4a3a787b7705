#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

bool In(std::string_view network, std::string_view address) {
  return IpNetwork::Parse(network)->Contains(*ParseIpAddress(address));
}

TEST(IpNetwork, ContainsItsRangeAndNothingElse) {
  EXPECT_TRUE(In("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(In("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(In("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(In("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(In("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(In("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(In("127.0.0.1", "::ffff:127.0.0.1"));
  EXPECT_TRUE(In("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(In("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(In("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(In("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(In("::/0", "2001:db8::1"));
}

TEST(IpNetwork, RefusesWhatIsNoRange) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "::1/129",
                           "host.example", "10.0.0/8", "10.0.0.1:80"}) {
    const auto network = IpNetwork::Parse(text);
    ASSERT_FALSE(network.ok()) << text;
    EXPECT_NE(network.error().message.find('"' + std::string(text) + '"'), std::string::npos);
  }
}

TEST(ParseIpAddress, ReadsThePortsOfProxies) {
  EXPECT_EQ(ParseIpAddress("192.0.2.7:4711"), ParseIpAddress("192.0.2.7"));
  EXPECT_EQ(ParseIpAddress("[2001:db8::7]:4711"), ParseIpAddress("2001:db8::7"));
  EXPECT_EQ(ParseIpAddress("[2001:db8::7]"), ParseIpAddress("2001:db8::7"));
  EXPECT_TRUE(ParseIpAddress("192.0.2.7")->is_v4());
  EXPECT_FALSE(ParseIpAddress("2001:db8::7")->is_v4());
  for (const char* text : {"", "unknown", "_hidden", "1.2.3", "[", "[::1", "1.2.3.4.5", ":80"}) {
    EXPECT_FALSE(ParseIpAddress(text)) << text;
  }
  EXPECT_FALSE(ParseIpAddress(std::string(10'000, '1')));
}

}  // namespace
}  // namespace adtally
