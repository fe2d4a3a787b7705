#include "edge/click_id_url.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(ClickIdUrl, TheIdGoesIntoTheQuery) {
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
