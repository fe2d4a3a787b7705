#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace adtally {
namespace {

// What xxHash's own library says of "abc...zabc..." of each length, one for each way that it takes
// by length. Hashes are stored: they never change.
TEST(Hash, ValuesAreForGood) {
  const std::pair<size_t, Hash128> golden[] = {
      {0, {0x99aa06d3014798d8, 0x6001c324468d497f}},
      {1, {0xa96faf705af16834, 0xe6c632b61e964e1f}},
      {5, {0x3043c78169f25c3f, 0x97d5a48ef320eec2}},
      {9, {0xb43ff5bc5ff2e0ad, 0xc0646b2d7986db98}},
      {16, {0x1f58fc809b1b8c4b, 0x3e8e153ff12f6330}},
      {17, {0x11078c38a5ca3a8d, 0xc3acc9940596efab}},
      {36, {0xa5f349ff3a7ed977, 0x1e579701de6b3d0c}},
      {64, {0x86507989b442d8af, 0x536c5fe53823be9f}},
      {129, {0x8ebb4a9854af5bc4, 0x1ac468f67a442b6a}},
      {241, {0x4c1a7e587365bd1e, 0xbb0a906af5b5c211}},
      {1000, {0xb68384db4f7b6231, 0xe153425558d7da5d}},
  };
  for (const auto& [size, hash] : golden) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i % 26));
    EXPECT_EQ(HashBytes(text).high, hash.high) << size;
    EXPECT_EQ(HashBytes(text).low, hash.low) << size;
  }
}

}  // namespace
}  // namespace adtally
