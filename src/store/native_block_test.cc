#include "store/native_block.h"

#include <gtest/gtest.h>

#include <vector>

namespace adtally {
namespace {

using namespace std::string_view_literals;

TEST(NativeBlockTest, WritesTheDocumentedBytes) {
  NativeBlock block;
  block.Reset(2, 2);
  block.UInt32("id", std::vector<uint32_t>{1, 0x01020304});
  block.String("s", std::vector<std::string_view>{"", "xy"});
  EXPECT_EQ(block.bytes(),
            "\x02\x02"
            "\x02id\x06UInt32\x01\0\0\0\x04\x03\x02\x01"
            "\x01s\x06String\0\x02xy"sv);
}

TEST(NativeBlockTest, LengthsAreVarints) {
  NativeBlock block;
  const std::string name(300, 'n');
  block.Reset(1, 128);
  block.UInt8(name, std::vector<uint8_t>(128, 7));
  EXPECT_EQ(block.bytes().substr(0, 5), "\x01\x80\x01\xac\x02"sv);
}

TEST(NativeBlockTest, ResetForgetsThePreviousBlock) {
  NativeBlock block;
  block.Reset(1, 1);
  block.UInt8("a", std::vector<uint8_t>{1});
  const std::string first(block.bytes());
  block.Reset(1, 1);
  block.UInt8("a", std::vector<uint8_t>{1});
  EXPECT_EQ(block.bytes(), first);
}

TEST(NativeBlockDeathTest, MissingColumnsAreAMistake) {
  NativeBlock block;
  block.Reset(2, 1);
  block.UInt8("a", std::vector<uint8_t>{1});
  EXPECT_DEATH(static_cast<void>(block.bytes()), "before its last column");
}

}  // namespace
}  // namespace adtally
