#include "aggregator/minute_block.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

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

template <class ValueOf>
auto ValuesOf(const std::vector<MinuteRow>& rows, ValueOf value_of) {
  std::vector<decltype(value_of(rows[0]))> values;
  for (const MinuteRow& row : rows) values.push_back(value_of(row));
  return values;
}

void AddPlaces(NativeBlock& block, std::string_view name, const std::vector<std::string>& values) {
  std::vector<std::string_view> keys = {""};
  std::vector<uint16_t> indexes;
  for (const std::string& value : values) {
    const auto known = std::find(keys.begin(), keys.end(), value);
    indexes.push_back(static_cast<uint16_t>(known - keys.begin()));
    if (known == keys.end()) keys.push_back(value);
  }
  block.LowCardinality(name, keys, indexes);
}

// The slow, obvious encoding: every column gathered on its own.
std::string ReferenceBytes(uint32_t hour, std::vector<MinuteRow> rows, Partition partition,
                           Offset end) {
  MinuteRow receipt;
  receipt.key.minute = Minute(hour * 60);
  receipt.key.dimensions.campaign_id = partition.value;
  receipt.key.dimensions.ad_group_id = static_cast<uint32_t>(end.value >> 32);
  receipt.key.dimensions.creative_id = static_cast<uint32_t>(end.value);
  rows.insert(rows.begin(), receipt);

  using Row = const MinuteRow&;
  const auto dimension = [&](auto field) {
    return ValuesOf(rows, [field](Row r) { return r.key.dimensions.*field; });
  };
  const auto measure = [&](auto field) {
    return ValuesOf(rows, [field](Row r) { return r.measures.*field; });
  };
  NativeBlock block;
  block.Reset(19, rows.size());
  block.DateTime("minute", ValuesOf(rows, [](Row r) { return r.key.minute.value * 60; }));
  block.UInt32("advertiser_id", dimension(&Dimensions::advertiser_id));
  block.UInt32("campaign_id", dimension(&Dimensions::campaign_id));
  block.UInt32("ad_group_id", dimension(&Dimensions::ad_group_id));
  block.UInt32("creative_id", dimension(&Dimensions::creative_id));
  block.UInt8("device",
              ValuesOf(rows, [](Row r) { return static_cast<uint8_t>(r.key.dimensions.device); }));
  block.UInt64("impressions", measure(&Measures::impressions));
  block.UInt64("clicks", measure(&Measures::clicks));
  block.UInt64("conversions", measure(&Measures::conversions));
  block.UInt64("invalid_impressions", measure(&Measures::invalid_impressions));
  block.UInt64("invalid_clicks", measure(&Measures::invalid_clicks));
  block.UInt64("invalid_conversions", measure(&Measures::invalid_conversions));
  block.UInt64("duplicate_impressions", measure(&Measures::duplicate_impressions));
  block.UInt64("duplicate_clicks", measure(&Measures::duplicate_clicks));
  block.UInt64("duplicate_conversions", measure(&Measures::duplicate_conversions));
  block.Int64("spend_micros", measure(&Measures::spend_micros));
  block.Int64("conversion_value_micros", measure(&Measures::conversion_value_micros));
  AddPlaces(block, "country",
            ValuesOf(rows, [](Row r) { return std::string(r.key.dimensions.country.view()); }));
  AddPlaces(block, "region",
            ValuesOf(rows, [](Row r) { return std::string(r.key.dimensions.region.view()); }));
  return std::string(block.bytes());
}

// Rows of the hour, sorted, keys unique: all measures differ, places from few to thousands.
std::vector<MinuteRow> RandomRows(uint32_t hour, size_t count, uint32_t variety, uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  const auto letter = [&] { return static_cast<char>('A' + below(std::min(variety, 26u))); };
  std::vector<MinuteRow> rows(count);
  for (MinuteRow& row : rows) {
    row.key.minute = Minute(hour * 60 + below(60));
    Dimensions& d = row.key.dimensions;
    d.advertiser_id = 1 + below(variety);
    d.campaign_id = 1 + below(variety);
    d.ad_group_id = 1 + below(variety);
    d.creative_id = static_cast<uint32_t>(random());
    d.device = static_cast<Device>(below(5));
    if (below(4) != 0) d.country.chars = {letter(), letter()};
    for (uint32_t i = 0, length = below(4); i < length; ++i) d.region.chars[i] = letter();
    Measures& m = row.measures;
    for (const auto& column : kCountColumns) m.*column.field = random();
    m.spend_micros = static_cast<int64_t>(random());
    m.conversion_value_micros = static_cast<int64_t>(random());
  }
  const auto by_key = [](const MinuteRow& a, const MinuteRow& b) { return a.key < b.key; };
  std::sort(rows.begin(), rows.end(), by_key);
  const auto same_key = [](const MinuteRow& a, const MinuteRow& b) { return a.key == b.key; };
  rows.erase(std::unique(rows.begin(), rows.end(), same_key), rows.end());
  return rows;
}

TEST(MinuteBlockTest, TheBytesAreThoseOfTheObviousEncoding) {
  MinuteBlock block;  // kept, as a store keeps it
  EXPECT_TRUE(rc::check([&](uint64_t seed, uint32_t partition, uint64_t end) {
    const auto hour = *rc::gen::inRange<uint32_t>(0, 1'000'000);
    const auto count = *rc::gen::inRange<size_t>(0, 2'000);
    const auto variety = *rc::gen::inRange<uint32_t>(1, 40);
    const std::vector<MinuteRow> rows = RandomRows(hour, count, variety, seed);
    RC_ASSERT(block.Encode(hour, rows, Partition(partition), Offset(end)) ==
              ReferenceBytes(hour, rows, Partition(partition), Offset(end)));
  }));
}

TEST(MinuteBlockTest, ABlockMayBeOnlyItsReceipt) {
  MinuteBlock block;
  EXPECT_EQ(block.Encode(10, {}, Partition(0), Offset(1)).substr(0, 2), "\x13\x01");
}

TEST(MinuteBlockDeathTest, RowsOfAnotherHourAreAMistake) {
  MinuteBlock block;
  const std::vector<MinuteRow> rows = {Row(660, 1, 1, 1)};
  EXPECT_DEATH(block.Encode(10, rows, Partition(0), Offset(1)), "another hour");
}

TEST(MinuteBlockDeathTest, AdvertiserZeroIsAMistake) {
  MinuteBlock block;
  const std::vector<MinuteRow> rows = {Row(600, 0, 1, 1)};
  EXPECT_DEATH(block.Encode(10, rows, Partition(0), Offset(1)), "receipts");
}

TEST(MinuteBlockDeathTest, UnsortedRowsAreAMistake) {
  MinuteBlock block;
  const std::vector<MinuteRow> rows = {Row(600, 2, 3, 2), Row(600, 1, 9, 1)};
  EXPECT_DEATH(block.Encode(10, rows, Partition(0), Offset(1)), "sorted");
}

TEST(MinuteBlockDeathTest, TwoRowsThatAreNotInOrderAreFoundAnywhere) {
  const std::vector<MinuteRow> sorted = RandomRows(10, 300, 3, 1);
  for (size_t at = 1; at < sorted.size(); at += 7) {
    std::vector<MinuteRow> rows = sorted;
    std::swap(rows[at - 1], rows[at]);
    MinuteBlock block;
    EXPECT_DEATH(block.Encode(10, rows, Partition(0), Offset(1)), "sorted") << at;
    rows[at - 1] = rows[at];
    EXPECT_DEATH(block.Encode(10, rows, Partition(0), Offset(1)), "sorted") << at;
  }
}

}  // namespace
}  // namespace adtally
