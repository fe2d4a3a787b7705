#include "base/zeroed_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace adtally {
namespace {

TEST(ZeroedMemory, IsZeroAndAlignedAtAnySize) {
  for (const size_t bytes : {1u, 64u, 65'535u, 65'536u, 1'000'000u, 2u << 20, 7'000'001u}) {
    const ZeroedMemory memory(bytes);
    const auto* const begin = static_cast<const char*>(memory.data());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(begin) % 128, 0u);
    EXPECT_TRUE(std::all_of(begin, begin + bytes, [](char c) { return c == 0; })) << bytes;
    EXPECT_GE(memory.bytes(), bytes);
    EXPECT_LT(memory.bytes(), bytes + 4096);
  }
}

TEST(ZeroedMemory, MovesItsBlock) {
  ZeroedMemory a(100);
  void* const data = a.data();
  ZeroedMemory b(std::move(a));
  EXPECT_EQ(b.data(), data);
  EXPECT_EQ(ZeroedMemory().data(), nullptr);
}

TEST(HugePageAllocator, CarriesAVector) {
  std::vector<uint64_t, HugePageAllocator<uint64_t>> values;
  for (uint64_t i = 0; i < 500'000; ++i) values.push_back(i);
  for (uint64_t i = 0; i < 500'000; ++i) ASSERT_EQ(values[i], i);
}

}  // namespace
}  // namespace adtally
