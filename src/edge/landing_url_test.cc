#include "edge/landing_url.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(LandingUrl, AcceptsAbsoluteWebAddresses) {
  for (const char* url :
       {"https://shop.example", "http://shop.example/", "https://shop.example:8443/a?b=c#d",
        "https://[2001:db8::1]/", "https://user@shop.example/", "HTTPS://shop.example/",
        "https://shop.example?x", "https://m\xc3\xbcller.example/"}) {
    EXPECT_TRUE(IsLandingUrl(url)) << url;
  }
}

TEST(LandingUrl, RefusesEverythingElse) {
  for (const char* url :
       {"", "shop.example", "//shop.example", "/path", "ftp://shop.example", "javascript:alert(1)",
        "https://", "https:///path", "https://?x", "https://:80/", "https://user@/",
        "https://shop.example/a b", "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/\x7f", "https://shop.example\\@evil.example/", "data:text/html,x"}) {
    EXPECT_FALSE(IsLandingUrl(url)) << url;
  }
  const std::string prefix = "https://shop.example/";
  EXPECT_TRUE(IsLandingUrl(prefix + std::string(kMaxLandingUrlBytes - prefix.size(), 'a')));
  EXPECT_FALSE(IsLandingUrl(prefix + std::string(kMaxLandingUrlBytes - prefix.size() + 1, 'a')));
  EXPECT_FALSE(IsLandingUrl(std::string_view("https://shop.example/\0x", 23)));
}

TEST(LandingUrl, ClickIdGoesIntoTheQuery) {
  EXPECT_EQ(WithClickId("https://s.example", "T"), "https://s.example?click_id=T");
  EXPECT_EQ(WithClickId("https://s.example/p", "T"), "https://s.example/p?click_id=T");
  EXPECT_EQ(WithClickId("https://s.example/p?a=1", "T"), "https://s.example/p?a=1&click_id=T");
  EXPECT_EQ(WithClickId("https://s.example/p?", "T"), "https://s.example/p?click_id=T");
  EXPECT_EQ(WithClickId("https://s.example/p?a=1&", "T"), "https://s.example/p?a=1&click_id=T");
  EXPECT_EQ(WithClickId("https://s.example/p#top", "T"), "https://s.example/p?click_id=T#top");
  EXPECT_EQ(WithClickId("https://s.example/p?a=1#top?x", "T"),
            "https://s.example/p?a=1&click_id=T#top?x");
  EXPECT_EQ(WithClickId("https://s.example/p#a?b", "T"), "https://s.example/p?click_id=T#a?b");
}

}  // namespace
}  // namespace adtally
