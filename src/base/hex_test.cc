#include "base/hex.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(Hex, AppendsTwoDigitsForEachByte) {
  std::string text = "x";
  AppendHex(std::string_view("\x00\x0f\xa0\xff", 4), text);
  EXPECT_EQ(text, "x000fa0ff");
}

}  // namespace
}  // namespace adtally
