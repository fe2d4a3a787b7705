#include "counting/row_sorter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>

namespace adtally {
namespace {

using Key = std::array<uint64_t, 3>;

std::vector<uint32_t> Order(const std::vector<Key>& keys) {
  RowSorter sorter;
  const auto order =
      sorter.Sort(reinterpret_cast<const std::byte*>(keys.data()), keys.size(), sizeof(Key));
  return {order.begin(), order.end()};
}

std::vector<uint32_t> ByComparing(const std::vector<Key>& keys) {
  std::vector<uint32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
  return order;
}

// Distinct keys that differ in the bits of `mask` only.
std::vector<Key> KeysWithin(const Key& mask, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  const Key base = {random(), random(), random()};
  std::vector<Key> keys;
  for (size_t i = 0; i < count; ++i) {
    Key key;
    for (size_t w = 0; w < 3; ++w) key[w] = (base[w] & ~mask[w]) | (random() & mask[w]);
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::shuffle(keys.begin(), keys.end(), random);
  return keys;
}

TEST(RowSorter, OfNoneAndOfOne) {
  EXPECT_TRUE(Order({}).empty());
  EXPECT_EQ(Order({{1, 2, 3}}), std::vector<uint32_t>{0});
}

TEST(RowSorter, SortsByBitsAnywhereInTheKey) {
  constexpr uint64_t kAll = ~uint64_t{0};
  const std::vector<Key> masks = {
      {kAll, kAll, kAll},
      {kAll, 0, 0},
      {0, kAll, 0},
      {0, 0, kAll},
      {0xff, 0xff, 0xff},
      {1, 0, kAll << 40},
      {0, 0x5555555555555555, 0x5555555555555555},
  };
  for (const Key& mask : masks) {
    for (const size_t count : {2u, 100u, 511u, 512u, 5000u}) {
      const std::vector<Key> keys = KeysWithin(mask, count, count);
      EXPECT_EQ(Order(keys), ByComparing(keys)) << mask[0] << ' ' << mask[1] << ' ' << mask[2];
    }
  }
}

TEST(RowSorter, SortsAnyKeys) {
  EXPECT_TRUE(rc::check("random masks", [] {
    Key mask = *rc::gen::arbitrary<Key>();
    mask[0] &= *rc::gen::element<uint64_t>(0, ~uint64_t{0}, 0xfff);
    const std::vector<Key> keys =
        KeysWithin(mask, *rc::gen::inRange<size_t>(0, 1500), *rc::gen::arbitrary<uint64_t>());
    RC_ASSERT(Order(keys) == ByComparing(keys));
  }));
}

}  // namespace
}  // namespace adtally
