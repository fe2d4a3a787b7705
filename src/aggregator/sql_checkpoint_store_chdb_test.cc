// The checkpoint store's statements in the real engine. Empty in builds without it.
#ifdef ADTALLY_WITH_CHDB

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "aggregator/sql_checkpoint_store_test_support.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

class SqlCheckpointStoreEngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    store_ = OpenMigrated(folder_->path());
  }
  static void TearDownTestSuite() {
    store_.reset();
    folder_.reset();
  }
  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::unique_ptr<Store> store_;
};

TEST_F(SqlCheckpointStoreEngineTest, RowsReceiptsAndTokens) {
  SqlCheckpointStore checkpoints(*store_);
  const Offset end(uint64_t{5} << 32 | 123);
  const std::vector<uint32_t> hours = {kHour, kHour + 1, kHour + 2};
  const auto rows = RowsOf(kHour, Offset(40));
  EXPECT_TRUE(checkpoints.ReadReceipts(Partition(9), end, hours)->empty());
  for (int repeat = 0; repeat < 2; ++repeat) {  // the token stops the second
    const auto inserted = checkpoints.InsertMinuteRows(kHour, rows, Partition(9), end, "t/9/0-40");
    ASSERT_TRUE(inserted.ok()) << inserted.error().message;
  }
  EXPECT_EQ(*checkpoints.ReadReceipts(Partition(9), end, hours), std::vector<uint32_t>{kHour});
  EXPECT_TRUE(checkpoints.ReadReceipts(Partition(8), end, hours)->empty());
  EXPECT_TRUE(checkpoints.ReadReceipts(Partition(9), end + 1, hours)->empty());
  EXPECT_TRUE(checkpoints.ReadReceipts(Partition(9), Offset(123), hours)->empty());
  EXPECT_EQ(Ask(*store_,
                "SELECT min(minute), device, country, region, sum(impressions), sum(clicks), "
                "sum(spend_micros), count() FROM adtally.minute WHERE advertiser_id = 1 GROUP BY "
                "device, country, region"),
            "2084-01-29 16:00:00\tmobile\tUS\tCA\t340\t40\t-51\t17\n");
  EXPECT_EQ(Ask(*store_,
                "SELECT DISTINCT partition_id FROM system.parts WHERE table = 'minute' AND active"),
            "2084012916\n");
}

TEST_F(SqlCheckpointStoreEngineTest, RowsComeBackAsTheyWere) {
  constexpr uint32_t kOtherHour = kHour + 100;
  SqlCheckpointStore checkpoints(*store_);
  std::vector<MinuteRow> rows;
  std::string expected;
  std::string text = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const std::string_view devices[] = {"other", "desktop", "mobile", "tablet", "tv"};
  for (uint32_t i = 0; i < 3000; ++i) {
    const std::string country = i % 7 == 0 ? "" : std::string{text[i % 26], text[i / 26 % 26]};
    const std::string region = text.substr(i % 36, i % 4);
    MinuteRow& row = rows.emplace_back();
    row.key.minute = Minute(kOtherHour * 60 + i / 50);
    row.key.dimensions = {1,
                          2 + i / 50,
                          i,
                          4'294'967'295u - i,
                          static_cast<Device>(i % 5),
                          *ParseCountry(country),
                          *ParseRegion(region)};
    uint64_t count = i;
    for (const auto& column : kCountColumns) row.measures.*column.field = count++;
    row.measures.spend_micros = -int64_t{i};
    row.measures.conversion_value_micros = int64_t{i} << 40;
    expected +=
        fmt::format("{}\t1\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                    row.key.minute.value * 60, 2 + i / 50, i, 4'294'967'295u - i, devices[i % 5],
                    country, region, i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7, i + 8,
                    -int64_t{i}, int64_t{i} << 40);
  }
  ASSERT_TRUE(
      checkpoints.InsertMinuteRows(kOtherHour, rows, Partition(1), Offset(9), "t/1/0-9").ok());
  EXPECT_EQ(Ask(*store_,
                fmt::format("SELECT toUnixTimestamp(minute), advertiser_id, campaign_id, "
                            "ad_group_id, creative_id, device, country, region, impressions, "
                            "clicks, conversions, invalid_impressions, invalid_clicks, "
                            "invalid_conversions, duplicate_impressions, duplicate_clicks, "
                            "duplicate_conversions, spend_micros, conversion_value_micros FROM "
                            "adtally.minute WHERE advertiser_id != 0 AND minute >= {} AND minute "
                            "< {} ORDER BY ad_group_id",
                            kOtherHour * 3600u, (kOtherHour + 1) * 3600u)),
            expected);
}

TEST_F(SqlCheckpointStoreEngineTest, AReceiptIsFoundAmongMany) {
  constexpr uint32_t kOtherHour = kHour + 200;
  SqlCheckpointStore checkpoints(*store_);
  const std::vector<uint32_t> hours = {kOtherHour};
  const auto held = [&](Partition partition, uint64_t end) {
    return checkpoints.ReadReceipts(partition, Offset(end), hours)->size();
  };
  for (int merged = 0; merged < 2; ++merged) {
    for (uint64_t end = 1; end <= 20 && merged == 0; ++end) {
      for (uint32_t partition : {0, 1, 7}) {
        const auto rows = RowsOf(kOtherHour, Offset(end));
        ASSERT_TRUE(checkpoints
                        .InsertMinuteRows(kOtherHour, rows, Partition(partition), Offset(end),
                                          fmt::format("many/{}/{}", partition, end))
                        .ok());
      }
    }
    for (uint64_t end = 1; end <= 20; ++end) {
      EXPECT_EQ(held(Partition(1), end), 1u) << end;
      EXPECT_EQ(held(Partition(2), end), 0u) << end;
      EXPECT_EQ(held(Partition(1), end | uint64_t{1} << 32), 0u) << end;
    }
    EXPECT_EQ(held(Partition(1), 21), 0u);
    EXPECT_EQ(held(Partition(1), 0), 0u);
    EXPECT_EQ(Ask(*store_, "OPTIMIZE TABLE adtally.minute FINAL"), "");
  }
}

TEST_F(SqlCheckpointStoreEngineTest, ClicksComeBackAsTheyWereAndOnce) {
  SqlCheckpointStore checkpoints(*store_);
  const Offset end(uint64_t{5} << 32 | 123);
  constexpr uint32_t kMonth = 208'407;
  ClickConversionRow row;
  row.key.minute = Minute(static_cast<uint32_t>(MonthStart(kMonth) / 60 + 61));
  row.key.dimensions = {
      1, 2, 3, 4'294'967'295u, Device::kTablet, *ParseCountry("DE"), *ParseRegion("BE")};
  row.conversions = 3;
  row.invalid_conversions = 2;
  row.conversion_value_micros = int64_t{1} << 50;
  ClickConversionRow other = row;
  other.key.dimensions.country = {};
  other.key.dimensions.region = {};
  other.key.minute = Minute(static_cast<uint32_t>(MonthStart(NextMonth(kMonth)) / 60 - 1));
  const std::vector rows = {row, other};
  for (int repeat = 0; repeat < 2; ++repeat) {  // the token stops the second
    const auto inserted =
        checkpoints.InsertClickConversions(kMonth, rows, Partition(9), end, "t/9/0-40/clicks");
    ASSERT_TRUE(inserted.ok()) << inserted.error().message;
  }
  EXPECT_EQ(Ask(*store_,
                "SELECT minute, advertiser_id, campaign_id, ad_group_id, creative_id, device, "
                "country, region, click_conversions, invalid_click_conversions, "
                "click_conversion_value_micros FROM adtally.click_conversion WHERE advertiser_id "
                "!= 0 AND toYYYYMM(minute) = 208407 ORDER BY minute"),
            "2084-07-01 01:01:00\t1\t2\t3\t4294967295\ttablet\tDE\tBE\t3\t2\t1125899906842624\n"
            "2084-07-31 23:59:00\t1\t2\t3\t4294967295\ttablet\t\t\t3\t2\t1125899906842624\n");

  const std::vector<uint32_t> months = {208'406, kMonth};
  const auto held = [&](uint32_t partition, Offset at) {
    return *checkpoints.ReadClickReceipts(Partition(partition), at, months);
  };
  ASSERT_TRUE(
      checkpoints.InsertClickConversions(kMonth, rows, Partition(9), end + 1000, "t/9/40-50/clicks")
          .ok());
  for (int merged = 0; merged < 2; ++merged) {
    const std::vector<uint32_t> only = {kMonth};
    EXPECT_EQ(held(9, end), only) << "of a checkpoint before the last that was delivered";
    EXPECT_EQ(held(9, end + 1000), only);
    EXPECT_TRUE(held(9, end + 1001).empty());
    EXPECT_TRUE(held(8, end).empty());
    EXPECT_EQ(Ask(*store_, "OPTIMIZE TABLE adtally.click_conversion FINAL"), "");
  }
}

TEST_F(SqlCheckpointStoreEngineTest, TheFurthestProgressWins) {
  SqlCheckpointStore checkpoints(*store_);
  EXPECT_FALSE(checkpoints.ReadProgress(Partition(3))->has_value());
  for (uint64_t end : {5, 9, 7}) {
    ASSERT_TRUE(
        checkpoints
            .WriteProgress(Partition(3), {Offset(end), AppendTime(static_cast<int64_t>(end) * 10)})
            .ok());
  }
  for (int merged = 0; merged < 2; ++merged) {
    const auto progress = checkpoints.ReadProgress(Partition(3));
    ASSERT_TRUE(progress.ok() && progress->has_value());
    EXPECT_EQ((*progress)->end, Offset(9));
    EXPECT_EQ((*progress)->complete_to, AppendTime(90));
    EXPECT_EQ(Ask(*store_, "OPTIMIZE TABLE adtally.progress FINAL"), "");
  }
  EXPECT_EQ(Ask(*store_, "SELECT count() FROM adtally.progress WHERE log_partition = 3"), "1\n");
}

TEST_F(SqlCheckpointStoreEngineTest, TheLedgerReplacesRepeats) {
  SqlCheckpointStore checkpoints(*store_);
  const LedgerRow row = LedgerOf(Offset(1000));
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto inserted = checkpoints.InsertLedger(Partition(4), Offset(1000), std::span(&row, 1));
    ASSERT_TRUE(inserted.ok()) << inserted.error().message;
  }
  EXPECT_EQ(Ask(*store_,
                "SELECT received, counted, duplicate, invalid_bot, late, rejected FROM "
                "adtally.ledger FINAL WHERE log_partition = 4"),
            "1000\t997\t1\t1\t1\t0\n");
}

TEST_F(SqlCheckpointStoreEngineTest, ReachIsAUnion) {
  SqlCheckpointStore checkpoints(*store_);
  const uint32_t quarter = kHour * 4;
  const Reach reach{{{{quarter, 1, 5}, 2}, {{quarter, 1, 6}, 3}, {{quarter + 1, 1, 5}, 5}},
                    {7, 8, 7, 8, UINT64_MAX}};
  const Reach other{{{{quarter, 1, 5}, 2}}, {8, 9}};
  for (int repeat = 0; repeat < 3; ++repeat) {
    for (const Reach& each : {reach, other}) {
      const auto inserted = checkpoints.InsertReach(Partition(4), each);
      ASSERT_TRUE(inserted.ok()) << inserted.error().message;
    }
  }
  const std::string by_quarter =
      "SELECT intDiv(toUInt32(quarter), 900) - " + std::to_string(quarter) +
      " AS q, advertiser_id, campaign_id, uniqCombined64Merge(14)(users) FROM "
      "adtally.reach_quarter GROUP BY ALL ORDER BY ALL";
  for (int merged = 0; merged < 2; ++merged) {
    EXPECT_EQ(Ask(*store_, by_quarter), "0\t1\t5\t3\n0\t1\t6\t1\n1\t1\t5\t2\n");
    EXPECT_EQ(Ask(*store_, "SELECT uniqCombined64Merge(14)(users) FROM adtally.reach_quarter"),
              "4\n");
    EXPECT_EQ(Ask(*store_, "OPTIMIZE TABLE adtally.reach_quarter FINAL"), "");
  }
  EXPECT_EQ(Ask(*store_, "SELECT count() FROM adtally.reach_quarter"), "3\n");
}

}  // namespace
}  // namespace adtally

#endif  // ADTALLY_WITH_CHDB
