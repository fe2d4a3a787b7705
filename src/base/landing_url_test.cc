#include "base/landing_url.h"

#include <gtest/gtest.h>

#include <string>

namespace adtally {
namespace {

TEST(LandingUrl, AcceptsAbsoluteWebAddresses) {
  for (const char* url :
       {"https://shop.example", "http://shop.example/", "https://shop.example:8443/a?b=c#d",
        "https://[2001:db8::1]/", "HTTPS://shop.example/", "hTTp://shop.example",
        "https://shop.example?x", "https://shop.example#x", "https://m\xc3\xbcller.example/",
        "https://shop.example/@name", "https://shop.example?mail=a@b.example",
        "https://shop.example#a@b"}) {
    EXPECT_TRUE(IsLandingUrl(url)) << url;
  }
}

TEST(LandingUrl, RefusesEverythingElse) {
  for (const char* url : {"",
                          "shop.example",
                          "//shop.example",
                          "/path",
                          "ftp://shop.example",
                          "javascript:alert(1)",
                          "data:text/html,x",
                          "https:/shop.example",
                          "httpss://shop.example",
                          "https",
                          "https://",
                          "https:///path",
                          "https://?x",
                          "https://#x",
                          "https://:80/",
                          "https://user@/",
                          "https://@shop.example/",
                          "https://user@shop.example/",
                          "https://user:key@shop.example/",
                          "https://shop.example@evil.example",
                          "https://shop.example/a b",
                          " https://shop.example",
                          "https://shop.example/\r\nSet-Cookie: a=b",
                          "https://shop.example/\t",
                          "https://shop.example/\x7f",
                          "https:\\\\shop.example",
                          "https://shop.example\\.evil/"}) {
    EXPECT_FALSE(IsLandingUrl(url)) << url;
  }
  EXPECT_FALSE(IsLandingUrl(std::string_view("https://shop.example/\0x", 23)));
}

TEST(LandingUrl, HasALongestLength) {
  const std::string prefix = "https://shop.example/";
  EXPECT_TRUE(IsLandingUrl(prefix + std::string(kMaxLandingUrlBytes - prefix.size(), 'a')));
  EXPECT_FALSE(IsLandingUrl(prefix + std::string(kMaxLandingUrlBytes - prefix.size() + 1, 'a')));
}

TEST(LandingUrl, TheRuleNamesTheLongestLength) {
  EXPECT_NE(kLandingUrlRule.find(std::to_string(kMaxLandingUrlBytes)), std::string_view::npos);
}

}  // namespace
}  // namespace adtally
