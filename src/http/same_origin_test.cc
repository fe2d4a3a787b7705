#include "http/same_origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally::http {
namespace {

using testing::HasSubstr;

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

// The error's message; empty when the request is proven.
std::string Refusal(Headers headers, std::string_view public_origin = "") {
  Request request;
  request.headers = std::move(headers);
  const auto proven = ProveSameOrigin(request, public_origin);
  return proven.ok() ? "" : proven.error().message;
}

TEST(ProveSameOrigin, NeedsTheHeader) {
  EXPECT_THAT(Refusal({{"Sec-Fetch-Site", "same-origin"}}), HasSubstr("Adtally-Csrf"));
  EXPECT_THAT(Refusal({}), HasSubstr("Adtally-Csrf"));
  EXPECT_EQ(Refusal({{"adtally-csrf", "1"}}), "");
}

TEST(ProveSameOrigin, BelievesTheBrowser) {
  EXPECT_EQ(Refusal({{"Adtally-Csrf", "1"}, {"Sec-Fetch-Site", "same-origin"}}), "");
  for (const std::string_view site : {"cross-site", "same-site", "none", "new-value"}) {
    // Whatever else the request claims.
    EXPECT_THAT(Refusal({{"Adtally-Csrf", "1"},
                         {"Sec-Fetch-Site", site},
                         {"Origin", "http://ads.example"},
                         {"Host", "ads.example"}}),
                HasSubstr("another site"))
        << site;
  }
}

TEST(ProveSameOrigin, FallsBackToOrigin) {
  const auto of = [](std::string_view origin, std::string_view host,
                     std::string_view public_origin = "") {
    return Refusal({{"Adtally-Csrf", "1"}, {"Origin", origin}, {"Host", host}}, public_origin);
  };
  EXPECT_EQ(of("http://192.0.2.1:8081", "192.0.2.1:8081"), "");
  EXPECT_EQ(of("https://Ads.example", "ads.example"), "");
  EXPECT_THAT(of("http://192.0.2.1:8082", "192.0.2.1:8081"), HasSubstr("another site"));
  EXPECT_THAT(of("null", "ads.example"), HasSubstr("another site"));
  EXPECT_THAT(of("null", ""), HasSubstr("another site"));
  EXPECT_THAT(of("http://evil.example", "ads.example"), HasSubstr("api.public_url"));
  // A proxy that does not pass the Host on.
  EXPECT_EQ(of("https://ads.example", "10.0.0.5:8081", "https://ads.example"), "");
  EXPECT_THAT(of("http://ads.example", "10.0.0.5:8081", "https://ads.example"),
              HasSubstr("another site"));
}

TEST(OriginOfUrl, IsTheSchemeHostAndPort) {
  EXPECT_EQ(OriginOfUrl("https://ads.example:8443/a/b?c"), "https://ads.example:8443");
  EXPECT_EQ(OriginOfUrl("http://ads.example"), "http://ads.example");
  EXPECT_EQ(OriginOfUrl("ftp://ads.example"), "");
  EXPECT_EQ(OriginOfUrl(""), "");
}

}  // namespace
}  // namespace adtally::http
