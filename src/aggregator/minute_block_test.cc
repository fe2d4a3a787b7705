#include "aggregator/minute_block.h"

#include <gtest/gtest.h>

#include <cstring>

namespace adtally {
namespace {

MinuteRow Row(uint32_t minute, uint32_t advertiser, uint32_t campaign, uint64_t clicks) {
  MinuteRow row;
  row.key.minute = Minute(minute);
  row.key.dimensions.advertiser_id = advertiser;
  row.key.dimensions.campaign_id = campaign;
  row.measures.clicks = clicks;
  return row;
}

// The values of a column of fixed width, found by its name and type.
template <class T>
std::vector<T> ColumnOf(std::string_view block, std::string_view name, std::string_view type,
                        size_t rows) {
  std::string header;
  header += static_cast<char>(name.size());
  header += name;
  header += static_cast<char>(type.size());
  header += type;
  const size_t at = block.find(header);
  EXPECT_NE(at, std::string_view::npos) << name;
  std::vector<T> values(rows);
  std::memcpy(values.data(), block.data() + at + header.size(), rows * sizeof(T));
  return values;
}

TEST(MinuteBlockTest, ReceiptFirstThenTheOrderOfTheTable) {
  const std::vector<MinuteRow> rows = {Row(601, 1, 8, 3), Row(600, 1, 9, 1), Row(601, 1, 9, 4),
                                       Row(600, 2, 3, 2), Row(659, 2, 3, 5)};
  MinuteBlock block;
  for (int repeat = 0; repeat < 2; ++repeat) {
    const std::string_view bytes =
        block.Encode(10, rows, Partition(7), Offset(uint64_t{3} << 32 | 5));
    using Ids = std::vector<uint32_t>;
    EXPECT_EQ(ColumnOf<uint32_t>(bytes, "advertiser_id", "UInt32", 6), (Ids{0, 1, 1, 1, 2, 2}));
    EXPECT_EQ(ColumnOf<uint32_t>(bytes, "campaign_id", "UInt32", 6), (Ids{7, 8, 9, 9, 3, 3}));
    EXPECT_EQ(ColumnOf<uint32_t>(bytes, "minute", "DateTime('UTC')", 6),
              (Ids{600 * 60, 601 * 60, 600 * 60, 601 * 60, 600 * 60, 659 * 60}));
    EXPECT_EQ(ColumnOf<uint64_t>(bytes, "clicks", "UInt64", 6),
              (std::vector<uint64_t>{0, 3, 1, 4, 2, 5}));
    EXPECT_EQ(ColumnOf<uint32_t>(bytes, "ad_group_id", "UInt32", 1), Ids{3});
    EXPECT_EQ(ColumnOf<uint32_t>(bytes, "creative_id", "UInt32", 1), Ids{5});
  }
}

TEST(MinuteBlockTest, ABlockMayBeOnlyItsReceipt) {
  MinuteBlock block;
  EXPECT_EQ(block.Encode(10, {}, Partition(0), Offset(1)).substr(0, 2), "\x10\x01");
}

TEST(MinuteBlockDeathTest, RowsOfAnotherHourAreAMistake) {
  MinuteBlock block;
  const std::vector<MinuteRow> rows = {Row(660, 1, 1, 1)};
  EXPECT_DEATH(block.Encode(10, rows, Partition(0), Offset(1)), "another hour");
}

TEST(MinuteBlockDeathTest, UnsortedRowsAreAMistake) {
  MinuteBlock block;
  const std::vector<MinuteRow> rows = {Row(600, 2, 3, 2), Row(600, 1, 9, 1)};
  EXPECT_DEATH(block.Encode(10, rows, Partition(0), Offset(1)), "sorted");
}

}  // namespace
}  // namespace adtally
