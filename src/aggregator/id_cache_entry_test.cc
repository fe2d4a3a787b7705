#include "aggregator/id_cache_entry.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "aggregator/id_cache_test_support.h"

namespace adtally {
namespace {

std::vector<std::pair<std::string, std::string>> Encode(const Checkpoint& checkpoint) {
  std::vector<std::pair<std::string, std::string>> blocks;
  const auto encoded =
      EncodeIdBlocks(checkpoint, [&](std::string_view key, std::string_view value) {
        blocks.emplace_back(key, value);
        return Result<void>();
      });
  EXPECT_TRUE(encoded.ok());
  return blocks;
}

TEST(IdCacheEntry, TenBytesAnId) {
  const auto small = Encode(MakeCheckpoint(0, 0, 1, 100));
  const auto large = Encode(MakeCheckpoint(0, 0, 1, 200));
  ASSERT_EQ(small.size(), 2u);
  EXPECT_EQ(large[0].second.size() - small[0].second.size(), 100 * kIdCacheIdBytes);
}

TEST(IdCacheEntry, BlocksAreOfOneHourAndBounded) {
  const auto checkpoint = MakeCheckpoint(0, 7, 9, kIdCacheBlockIds + 1);
  const auto blocks = Encode(checkpoint);
  ASSERT_EQ(blocks.size(), 4u);
  std::vector<NewIds> found;
  for (uint32_t number = 0; number < 4; ++number) {
    const auto& [key, value] = blocks[number];
    const auto block = IdBlock::Decode(Partition(0), key, value);
    ASSERT_TRUE(block.has_value());
    EXPECT_EQ(block->key.begin, Offset(7));
    EXPECT_EQ(block->key.number, number);
    EXPECT_EQ(block->end, Offset(9));
    EXPECT_EQ(block->last_append_time, checkpoint.last_append_time);
    EXPECT_EQ(block->blocks, 4u);
    EXPECT_EQ(block->ids, number % 2 == 0 ? kIdCacheBlockIds : 1);
    EXPECT_EQ(IdBlock::PeekEnd(value), Offset(9));
    if (number % 2 == 0) found.push_back({block->append_hour, {}});
    std::vector<Hash128> ids(block->ids);
    block->Copy(0, ids);
    found.back().ids.insert(found.back().ids.end(), ids.begin(), ids.end());
  }
  EXPECT_EQ(found, Kept(checkpoint.new_ids));
}

TEST(IdCacheEntry, WithoutIdsThereIsOneEmptyBlock) {
  const auto blocks = Encode(MakeCheckpoint(0, 7, 9, 0));
  ASSERT_EQ(blocks.size(), 1u);
  const auto block = IdBlock::Decode(Partition(0), blocks[0].first, blocks[0].second);
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->blocks, 1u);
  EXPECT_EQ(block->ids, 0u);
}

TEST(IdCacheEntry, EveryFlippedByteAndEveryCutIsDamage) {
  const auto blocks = Encode(MakeCheckpoint(2, 7, 9, 3));
  const auto& [key, value] = blocks[0];
  ASSERT_TRUE(IdBlock::Decode(Partition(2), key, value).has_value());
  EXPECT_FALSE(IdBlock::Decode(Partition(1), key, value).has_value());
  EXPECT_FALSE(IdBlock::Decode(Partition(2), blocks[1].first, value).has_value());
  for (size_t i = 0; i < key.size(); ++i) {
    std::string flipped = key;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(IdBlock::Decode(Partition(2), flipped, value).has_value());
    EXPECT_FALSE(IdBlock::Decode(Partition(2), key.substr(0, i), value).has_value());
  }
  for (size_t i = 0; i < value.size(); ++i) {
    std::string flipped = value;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(IdBlock::Decode(Partition(2), key, flipped).has_value());
    EXPECT_FALSE(IdBlock::Decode(Partition(2), key, value.substr(0, i)).has_value());
  }
}

TEST(IdCacheEntry, StopsWhenABlockCannotBePut) {
  int puts = 0;
  const auto encoded = EncodeIdBlocks(MakeCheckpoint(0, 0, 1, 5), [&](auto, auto) {
    ++puts;
    return Result<void>(Error{ErrorCode::kUnavailable, "full"});
  });
  EXPECT_FALSE(encoded.ok());
  EXPECT_EQ(puts, 1);
}

}  // namespace
}  // namespace adtally
