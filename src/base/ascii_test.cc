#include "base/ascii.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(Ascii, FoldsLettersOnly) {
  EXPECT_TRUE(EqualsIgnoreCase("X-Forwarded-FOR", "x-forwarded-for"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoreCase("@[`{", "`{@["));  // 0x20 apart, but no letters
  EXPECT_FALSE(EqualsIgnoreCase("\xc3\x84", "\xc3\xa4"));
  EXPECT_EQ(AsciiUpper(std::string_view("az-09`{\xc3\xa4")), "AZ-09`{\xc3\xa4");
}

TEST(Ascii, FindsWithoutRegardToCase) {
  EXPECT_TRUE(StartsWithIgnoreCase("HTTPS://shop", "https://"));
  EXPECT_FALSE(StartsWithIgnoreCase("http", "https://"));
  EXPECT_TRUE(ContainsIgnoreCase("text/PLAIN; charset=utf-8", "text/plain"));
  EXPECT_TRUE(ContainsIgnoreCase("anything", ""));
  EXPECT_FALSE(ContainsIgnoreCase("", "prefetch"));
}

TEST(Ascii, TakesTextApart) {
  EXPECT_EQ(TrimSpace(" \t a b\t "), "a b");
  EXPECT_EQ(TrimSpace(" \t "), "");
  std::string_view rest = "a,,b";
  EXPECT_EQ(TakeUntil(rest, ','), "a");
  EXPECT_EQ(TakeUntil(rest, ','), "");
  EXPECT_EQ(TakeUntil(rest, ','), "b");
  EXPECT_EQ(rest, "");
  EXPECT_EQ(TakeUntil(rest, ','), "");
}

}  // namespace
}  // namespace adtally
