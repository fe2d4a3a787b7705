#include "edge/client_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "edge/mmdb_test_support.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

http::Request From(std::string_view peer,
                   std::vector<std::pair<std::string_view, std::string_view>> headers = {}) {
  http::Request request;
  request.method = "GET";
  request.remote_address = peer;
  request.headers = std::move(headers);
  return request;
}

std::string PlaceName(const ClientInfo& client) {
  return std::string(client.country.view()) + "-" + std::string(client.region.view());
}

ClientInfoOptions BehindProxies() {
  ClientInfoOptions options;
  options.trusted_proxies = {"10.0.0.0/8", "::1"};
  options.country_header = "CF-IPCountry";
  options.region_header = "CF-Region-Code";
  return options;
}

TEST(ClientInfo, WithoutOptionsOnlyTheDeviceIsKnown) {
  const auto inspector = std::move(ClientInspector::Create({})).value();
  const ClientInfo client = inspector->Inspect(
      From("192.0.2.1", {{"User-Agent", "Mozilla/5.0 (iPhone)"}, {"CF-IPCountry", "US"}}));
  EXPECT_EQ(client.device, Device::kMobile);
  EXPECT_FALSE(client.bot);
  EXPECT_EQ(PlaceName(client), "-");
  EXPECT_TRUE(inspector->Inspect(From("192.0.2.1", {{"User-Agent", "Googlebot/2.1"}})).bot);
}

TEST(ClientInfo, BelievesTheCountryHeaderOfTrustedProxiesAlone) {
  const auto inspector = std::move(ClientInspector::Create(BehindProxies())).value();
  const auto place = [&](std::string_view peer, std::string_view country, std::string_view region) {
    return PlaceName(
        inspector->Inspect(From(peer, {{"cf-ipcountry", country}, {"CF-Region-Code", region}})));
  };
  EXPECT_EQ(place("10.1.2.3", "US", "CA"), "US-CA");
  EXPECT_EQ(place("::1", "us", "us-ca"), "US-CA");
  EXPECT_EQ(place("10.1.2.3", "US", "California"), "US-");
  EXPECT_EQ(place("10.1.2.3", "XX", "CA"), "-");
  EXPECT_EQ(place("10.1.2.3", "T1", ""), "-");
  EXPECT_EQ(place("10.1.2.3", "", ""), "-");
  EXPECT_EQ(place("192.0.2.1", "US", "CA"), "-");
  EXPECT_EQ(place("not an address", "US", "CA"), "-");
}

TEST(ClientInfo, FindsTheClientBehindTrustedProxies) {
  const auto inspector = std::move(ClientInspector::Create(BehindProxies())).value();
  const auto address = [&](std::string_view peer, std::string_view forwarded) {
    return inspector->ClientAddress(From(peer, {{"X-Forwarded-For", forwarded}}));
  };
  EXPECT_EQ(address("10.0.0.1", "203.0.113.5"), ParseIpAddress("203.0.113.5"));
  EXPECT_EQ(address("10.0.0.1", "1.1.1.1, 203.0.113.5"), ParseIpAddress("203.0.113.5"));
  EXPECT_EQ(address("10.0.0.1", "1.1.1.1, 203.0.113.5,10.0.0.9 "), ParseIpAddress("203.0.113.5"));
  EXPECT_EQ(address("10.0.0.1", "203.0.113.5:4711"), ParseIpAddress("203.0.113.5"));
  EXPECT_EQ(address("10.0.0.1", "10.0.0.7"), ParseIpAddress("10.0.0.7"));
  EXPECT_EQ(address("10.0.0.1", ""), ParseIpAddress("10.0.0.1"));
  EXPECT_EQ(address("10.0.0.1", "203.0.113.5, unknown"), std::nullopt);
  EXPECT_EQ(address("192.0.2.1", "203.0.113.5"), ParseIpAddress("192.0.2.1"));
  // Two headers are one list.
  EXPECT_EQ(inspector->ClientAddress(From(
                "10.0.0.1", {{"X-Forwarded-For", "1.1.1.1"}, {"x-forwarded-for", "203.0.113.5"}})),
            ParseIpAddress("203.0.113.5"));
}

TEST(ClientInfo, AsksTheCountryFileWhenNoProxySays) {
  const TemporaryFolder folder;
  MmdbWriter writer;
  writer.Add("203.0.113.0", 24, "DE", "BE");
  ClientInfoOptions options = BehindProxies();
  options.country_file = folder.path() + "/c.mmdb";
  std::ofstream(options.country_file, std::ios::binary) << writer.Finish();
  const auto inspector = std::move(ClientInspector::Create(options)).value();
  const auto place = [&](const http::Request& request) {
    return PlaceName(inspector->Inspect(request));
  };
  EXPECT_EQ(place(From("203.0.113.77")), "DE-BE");
  EXPECT_EQ(place(From("198.51.100.1")), "-");
  EXPECT_EQ(place(From("10.0.0.1", {{"X-Forwarded-For", "203.0.113.77"}})), "DE-BE");
  EXPECT_EQ(place(From("10.0.0.1", {{"X-Forwarded-For", "203.0.113.77"}, {"CF-IPCountry", "FR"}})),
            "FR-");
  EXPECT_EQ(place(From("192.0.2.1", {{"X-Forwarded-For", "203.0.113.77"}})), "-");
}

TEST(ClientInfo, BadOptionsAreNamed) {
  ClientInfoOptions options;
  options.trusted_proxies = {"10.0.0.0/8", "everyone"};
  auto created = ClientInspector::Create(options);
  ASSERT_FALSE(created.ok());
  EXPECT_THAT(created.error().message, StartsWith("edge.trusted_proxies: "));
  EXPECT_THAT(created.error().message, HasSubstr("\"everyone\""));

  options = {};
  options.country_file = "/no/such/file.mmdb";
  created = ClientInspector::Create(options);
  ASSERT_FALSE(created.ok());
  EXPECT_THAT(created.error().message, StartsWith("edge.country_file: "));

  options = {};
  options.country_header = "CF-IPCountry";
  created = ClientInspector::Create(options);
  ASSERT_FALSE(created.ok());
  EXPECT_THAT(created.error().message, HasSubstr("edge.trusted_proxies"));
}

}  // namespace
}  // namespace adtally
