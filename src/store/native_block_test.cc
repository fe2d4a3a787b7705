#include "store/native_block.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
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

TEST(NativeBlockTest, ADictionaryColumnIsVersionKeysAndIndexes) {
  NativeBlock block;
  block.Reset(1, 3);
  block.LowCardinality("c", std::vector<std::string_view>{"", "US", "DE"},
                       std::vector<uint16_t>{2, 0, 1});
  EXPECT_EQ(block.bytes(),
            "\x01\x03"
            "\x01"
            "c\x16LowCardinality(String)"
            "\x01\0\0\0\0\0\0\0"
            "\x01\x06\0\0\0\0\0\0"
            "\x03\0\0\0\0\0\0\0\0\x02US\x02"
            "DE"
            "\x03\0\0\0\0\0\0\0\x02\0\0\0\x01\0"sv);
}

TEST(NativeBlockTest, APlacedColumnIsTheSameAsAWholeOne) {
  const std::vector<uint8_t> bytes = {1, 2, 255};
  const std::vector<uint32_t> words = {1, 2, 4'294'967'295};
  const std::vector<uint64_t> longs = {3, 2, 18'446'744'073'709'551'615ULL};
  const std::vector<int64_t> numbers = {-1, 0, INT64_MIN};
  NativeBlock whole;
  whole.Reset(5, 3);
  whole.UInt8("a", bytes);
  whole.UInt32("b", words);
  whole.UInt64("c", longs);
  whole.Int64("d", numbers);
  whole.DateTime("e", words);
  NativeBlock placed;
  for (int repeat = 0; repeat < 2; ++repeat) {
    placed.Reset(5, 3);
    const auto a = placed.PlaceUInt8("a");
    const auto b = placed.PlaceUInt32("b");
    const auto c = placed.PlaceUInt64("c");
    const auto d = placed.PlaceInt64("d");
    const auto e = placed.PlaceDateTime("e");
    std::memcpy(placed.at(a), bytes.data(), 3);
    std::memcpy(placed.at(e), words.data(), 12);
    std::memcpy(placed.at(c), longs.data(), 24);
    std::memcpy(placed.at(b), words.data(), 12);
    std::memcpy(placed.at(d), numbers.data(), 24);
    EXPECT_EQ(placed.bytes(), whole.bytes());
  }
}

TEST(NativeBlockTest, AnArraysValuesFollowWhereEachEnds) {
  NativeBlock block;
  block.Reset(1, 3);
  block.UInt64Array("a", std::vector<uint64_t>{1, 1, 3}, std::vector<uint64_t>{7, 8, 9});
  const std::string_view bytes = block.bytes();
  const std::string_view header(
      "\x01\x03\x01"
      "a\x0d"
      "Array(UInt64)");
  EXPECT_EQ(bytes.substr(0, header.size()), header);
  std::array<uint64_t, 6> words{};
  ASSERT_EQ(bytes.size(), header.size() + sizeof(words));
  std::memcpy(words.data(), bytes.data() + header.size(), sizeof(words));
  EXPECT_EQ(words, (std::array<uint64_t, 6>{1, 1, 3, 7, 8, 9}));
}

TEST(NativeBlockDeathTest, MissingColumnsAreAMistake) {
  NativeBlock block;
  block.Reset(2, 1);
  block.UInt8("a", std::vector<uint8_t>{1});
  EXPECT_DEATH(static_cast<void>(block.bytes()), "before its last column");
}

TEST(NativeBlockDeathTest, ADictionaryWithoutTheEmptyKeyIsAMistake) {
  NativeBlock block;
  block.Reset(1, 1);
  EXPECT_DEATH(
      block.LowCardinality("c", std::vector<std::string_view>{"US"}, std::vector<uint16_t>{0}),
      "first key");
}

}  // namespace
}  // namespace adtally
