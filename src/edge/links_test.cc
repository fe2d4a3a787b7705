#include "edge/links.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "edge/edge_test_support.h"
#include "edge/link_json.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

LinkRequest GoodRequest() {
  LinkRequest request;
  request.dimensions = {1, 7, 70, 700, Device::kOther, {}, {}};
  request.landing_url = "https://shop.example/page";
  request.click_cost_micros = 250'000;
  request.impression_cost_micros = 1'500;
  return request;
}

constexpr int64_t kNow = TestEdge::kNowMs;

TEST(Links, SignWhatWasAsked) {
  const auto signer = TestSigner();
  LinkRequest request = GoodRequest();
  request.impression_id = "my-Impression_1";
  request.expires_in_s = 60;
  request.dimensions.country = *ParseCountry("US");
  const auto links = MakeLinks(request, *signer, kNow, "https://t.example.com");
  ASSERT_TRUE(links.ok()) << links.error().message;
  EXPECT_EQ(links->impression_id, "my-Impression_1");
  const std::string prefix = "https://t.example.com/c/";
  ASSERT_THAT(links->click_url, StartsWith(prefix));
  const std::string token = links->click_url.substr(prefix.size());
  EXPECT_EQ(links->impression_url, "https://t.example.com/i/" + token + ".gif");

  const auto claims = signer->Verify(token, TokenClaims::Kind::kLink, kNow + 59'999);
  ASSERT_TRUE(claims.ok()) << claims.error().message;
  EXPECT_EQ(claims->dimensions, request.dimensions);
  EXPECT_EQ(claims->click_cost_micros, 250'000);
  EXPECT_EQ(claims->impression_cost_micros, 1'500);
  EXPECT_EQ(claims->landing_url, request.landing_url);
  EXPECT_EQ(claims->time.value, kNow);
  EXPECT_FALSE(signer->Verify(token, TokenClaims::Kind::kLink, kNow + 60'000).ok());
  EXPECT_FALSE(signer->Verify(token, TokenClaims::Kind::kClick, kNow).ok());
}

TEST(Links, AnImpressionIdIsMadeWhenNoneIsGiven) {
  const auto signer = TestSigner();
  const auto first = MakeLinks(GoodRequest(), *signer, kNow, "http://h");
  const auto second = MakeLinks(GoodRequest(), *signer, kNow, "http://h");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->impression_id.size(), 36u);
  EXPECT_NE(first->impression_id, second->impression_id);
}

TEST(Links, ALandingUrlMayComeFromTheCatalog) {
  const auto signer = TestSigner();
  LinkRequest request = GoodRequest();
  request.landing_url.clear();
  EXPECT_TRUE(MakeLinks(request, *signer, kNow, "http://h").ok());
}

TEST(Links, WrongFieldsAreNamed) {
  const auto signer = TestSigner();
  const auto error_of = [&](auto change) {
    LinkRequest request = GoodRequest();
    change(request);
    const auto links = MakeLinks(request, *signer, kNow, "http://h");
    EXPECT_FALSE(links.ok());
    EXPECT_EQ(links.error().code, ErrorCode::kInvalidArgument);
    return links.error().message;
  };
  EXPECT_THAT(error_of([](auto& r) { r.dimensions.advertiser_id = 0; }),
              StartsWith("advertiser_id: "));
  EXPECT_THAT(error_of([](auto& r) { r.dimensions.campaign_id = 0; }), StartsWith("campaign_id: "));
  EXPECT_THAT(error_of([](auto& r) { r.dimensions.ad_group_id = 0; }), StartsWith("ad_group_id: "));
  EXPECT_THAT(error_of([](auto& r) { r.dimensions.creative_id = 0; }), StartsWith("creative_id: "));
  EXPECT_THAT(error_of([](auto& r) { r.landing_url = "shop.example"; }),
              StartsWith("landing_url: expected"));
  EXPECT_THAT(error_of([](auto& r) { r.landing_url = "https://x/\n"; }),
              StartsWith("landing_url: expected"));
  EXPECT_THAT(error_of([](auto& r) { r.landing_url = "https://x/" + std::string(2048, 'a'); }),
              StartsWith("landing_url: longer"));
  EXPECT_THAT(error_of([](auto& r) { r.click_cost_micros = -1; }),
              StartsWith("click_cost_micros: "));
  EXPECT_THAT(error_of([](auto& r) { r.impression_cost_micros = kMaxMicrosPerEvent + 1; }),
              StartsWith("impression_cost_micros: "));
  EXPECT_THAT(error_of([](auto& r) { r.impression_id = "with space"; }),
              StartsWith("impression_id: "));
  EXPECT_THAT(error_of([](auto& r) { r.impression_id = std::string(49, 'a'); }),
              StartsWith("impression_id: "));
  EXPECT_THAT(error_of([](auto& r) { r.expires_in_s = 0; }), StartsWith("expires_in_s: "));
  EXPECT_THAT(error_of([](auto& r) { r.expires_in_s = kMaxLinkSeconds + 1; }),
              HasSubstr("366 days"));
}

TEST(LinkJson, ReadsEveryField) {
  const auto link = ParseLinkRequest(
      R"({"advertiser_id":1,"campaign_id":4294967295,"ad_group_id":3,"creative_id":4,
    "landing_url":"https://s.example/\u00fc","click_cost_micros":5,"impression_cost_micros":6,"impression_id":"i",
    "device":"tv","country":"US","region":"CA","expires_in_s":7,"unknown":[1,{"x":null}]})");
  ASSERT_TRUE(link.ok()) << link.error().message;
  const Dimensions expected{
      1, 4294967295, 3, 4, Device::kTv, *ParseCountry("US"), *ParseRegion("CA")};
  EXPECT_EQ(link->dimensions, expected);
  EXPECT_EQ(link->landing_url, "https://s.example/\xc3\xbc");
  EXPECT_EQ(link->click_cost_micros, 5);
  EXPECT_EQ(link->impression_cost_micros, 6);
  EXPECT_EQ(link->impression_id, "i");
  EXPECT_EQ(link->expires_in_s, 7);
}

TEST(LinkJson, AbsentAndNullAreTheDefaults) {
  const auto link = ParseLinkRequest(R"({"impression_id":null,"expires_in_s":null})");
  ASSERT_TRUE(link.ok());
  EXPECT_EQ(link->expires_in_s, kDefaultLinkSeconds);
  EXPECT_EQ(link->impression_id, "");
}

TEST(LinkJson, ShowsWhatIsWrong) {
  const auto error_of = [](std::string_view body) {
    const auto link = ParseLinkRequest(body);
    EXPECT_FALSE(link.ok()) << body;
    return link.ok() ? std::string() : link.error().message;
  };
  EXPECT_THAT(error_of(""), StartsWith("the body is not JSON"));
  EXPECT_THAT(error_of("{\"a\":"), StartsWith("the body is not JSON"));
  EXPECT_THAT(error_of("[]"), HasSubstr("one JSON object"));
  EXPECT_EQ(error_of(R"({"advertiser_id":"x"})"),
            "advertiser_id: expected an integer from 1 to 4294967295, got \"x\"");
  EXPECT_THAT(error_of(R"({"campaign_id":-1})"), HasSubstr("got -1"));
  EXPECT_THAT(error_of(R"({"campaign_id":4294967296})"), StartsWith("campaign_id: "));
  EXPECT_THAT(error_of(R"({"ad_group_id":1.5})"), HasSubstr("got 1.5"));
  EXPECT_THAT(error_of(R"({"creative_id":0})"), StartsWith("creative_id: "));
  EXPECT_THAT(error_of(R"({"landing_url":5})"), HasSubstr("landing_url: expected a string, got 5"));
  EXPECT_THAT(error_of(R"({"click_cost_micros":"5"})"), StartsWith("click_cost_micros: "));
  EXPECT_THAT(error_of(R"({"device":"phone"})"), HasSubstr("got \"phone\""));
  EXPECT_THAT(error_of(R"({"country":"USA"})"), HasSubstr("country: expected two"));
  EXPECT_THAT(error_of(R"({"region":"California"})"), StartsWith("region: "));
  EXPECT_THAT(error_of(R"({"impression_id":""})"), StartsWith("impression_id: "));
  EXPECT_THAT(error_of(R"({"expires_in_s":true})"), HasSubstr("got true"));
}

}  // namespace
}  // namespace adtally
