// Delivery into the real engine, kills included. Empty in builds without it.
#ifdef ADTALLY_WITH_CHDB

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "aggregator/sql_checkpoint_store.h"
#include "base/utc_date.h"
#include "store/chdb_store.h"
#include "store/migrations.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

namespace fs = std::filesystem;

// In 2084: the tables drop what is older than their TTL, by the machine's clock.
constexpr uint32_t kHour = 1'000'000;
constexpr uint64_t kEventsPerCheckpoint = 1'000;
constexpr Partition kPartitions[] = {Partition(0), Partition(1)};
constexpr const char* kFolderVariable = "ADTALLY_TEST_DELIVERY_FOLDER";

std::unique_ptr<Store> OpenMigrated(const std::string& path) {
  auto store = ChdbStore::Open({.path = path}, NullLogger());
  EXPECT_TRUE(store.ok()) << store.error().message;
  const auto migrated = Migrate(**store);
  EXPECT_TRUE(migrated.ok()) << migrated.error().message;
  return std::move(*store);
}

// The rows of one hour of the checkpoint that ends at `end`, sorted: 50 rows with `end` clicks in
// all.
std::vector<MinuteRow> RowsOf(uint32_t hour, Offset end) {
  std::vector<MinuteRow> rows;
  for (uint32_t i = 0; i < 50; ++i) {
    MinuteRow row;
    row.key.minute = Minute(hour * 60 + i);
    row.key.dimensions = {.advertiser_id = 1 + i % 3,
                          .campaign_id = 5,
                          .ad_group_id = 6,
                          .creative_id = 7,
                          .device = Device::kMobile,
                          .country = CountryCode{{'U', 'S'}},
                          .region = RegionCode{{'C', 'A'}}};
    row.measures = {.impressions = 20, .clicks = i == 0 ? end.value : 0, .spend_micros = -3};
    rows.push_back(row);
  }
  std::ranges::sort(rows, {}, &MinuteRow::key);
  return rows;
}

// As many conversions as there are clicks in an hour's rows, of clicks of two months.
constexpr uint32_t kMonths[] = {208'312, 208'401};
std::vector<ClickConversionRow> ClicksOf(uint32_t month, Offset end) {
  std::vector<ClickConversionRow> rows;
  for (uint32_t i = 0; i < 2; ++i) {
    ClickConversionRow row;
    row.key.minute = Minute(static_cast<uint32_t>(MonthStart(month) / 60) + i);
    row.key.dimensions = RowsOf(kHour, end)[i].key.dimensions;
    row.conversions = i == 0 ? end.value : 0;
    row.invalid_conversions = i;
    row.conversion_value_micros = 7;
    rows.push_back(row);
  }
  return rows;
}

LedgerRow LedgerOf(Offset end) {
  LedgerRow row;
  row.append_minute = Minute(kHour * 60 + static_cast<uint32_t>(end.value / kEventsPerCheckpoint));
  row.received = kEventsPerCheckpoint;
  row.counted = kEventsPerCheckpoint - 3;
  row.duplicate = 1;
  row.invalid[1] = 1;
  row.late = 1;
  return row;
}

Result<void> Deliver(SqlCheckpointStore& checkpoints, Partition partition, Offset end) {
  const std::vector<uint32_t> hours = {kHour, kHour + 1};
  ADTALLY_ASSIGN(const std::vector<uint32_t> receipts,
                 checkpoints.ReadReceipts(partition, end, hours));
  for (uint32_t hour : hours) {
    if (std::ranges::find(receipts, hour) != receipts.end()) continue;
    const std::string token = "topic/" + std::to_string(partition.value) + "/" +
                              std::to_string(end.value) + "/" + std::to_string(hour);
    ADTALLY_TRY(checkpoints.InsertMinuteRows(hour, RowsOf(hour, end), partition, end, token));
  }
  ADTALLY_ASSIGN(const std::vector<uint32_t> click_receipts,
                 checkpoints.ReadClickReceipts(partition, end, kMonths));
  for (const uint32_t month : kMonths) {
    if (std::ranges::find(click_receipts, month) != click_receipts.end()) continue;
    const std::string token = "topic/" + std::to_string(partition.value) + "/" +
                              std::to_string(end.value) + "/clicks-" + std::to_string(month);
    ADTALLY_TRY(
        checkpoints.InsertClickConversions(month, ClicksOf(month, end), partition, end, token));
  }
  const LedgerRow ledger = LedgerOf(end);
  ADTALLY_TRY(checkpoints.InsertLedger(partition, end, std::span(&ledger, 1)));
  return checkpoints.WriteProgress(partition,
                                   {end, AppendTime(static_cast<int64_t>(end.value) + 1)});
}

Offset EndOf(SqlCheckpointStore& checkpoints, Partition partition) {
  const auto progress = checkpoints.ReadProgress(partition);
  EXPECT_TRUE(progress.ok()) << progress.error().message;
  return *progress ? (*progress)->end : Offset(0);
}

std::string Ask(Store& store, std::string_view sql) {
  auto result = store.Query(sql, {}, "TSV");
  return result.ok() ? *std::move(result) : "error: " + result.error().message;
}

// Starts this program again, to deliver into `folder` until it is killed or finds a file `stop`
// there.
pid_t StartDelivery(const std::string& folder) {
  setenv(kFolderVariable, folder.c_str(), 1);
  std::vector<std::string> arguments = {"/proc/self/exe",
                                        "--gtest_filter=SqlCheckpointStoreChild.*",
                                        "--gtest_also_run_disabled_tests", "--gtest_brief=1"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, argv.data(), environ), 0);
  unsetenv(kFolderVariable);
  return child;
}

TEST(SqlCheckpointStoreChild, DISABLED_Deliver) {
  const char* folder = getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr) << "only DeliversOnceWhenKilled starts this";
  auto store = OpenMigrated(folder);
  SqlCheckpointStore checkpoints(*store);
  std::ofstream deliveries(std::string(folder) + "/deliveries", std::ios::app);
  while (!fs::exists(std::string(folder) + "/stop")) {
    for (Partition partition : kPartitions) {
      const Offset end = EndOf(checkpoints, partition) + kEventsPerCheckpoint;
      const auto delivered = Deliver(checkpoints, partition, end);
      ASSERT_TRUE(delivered.ok()) << delivered.error().message;
      deliveries << '.' << std::flush;
    }
  }
}

// Waits until the children have made so many deliveries in all; false after a minute.
bool WaitForDeliveries(const std::string& folder, uintmax_t count) {
  for (int i = 0; i < 30'000; ++i) {
    std::error_code missing;
    const uintmax_t made = fs::file_size(folder + "/deliveries", missing);
    if (!missing && made >= count) return true;
    usleep(2'000);
  }
  return false;
}

TEST(SqlCheckpointStoreChdbTest, DeliversOnceWhenKilled) {
  const TemporaryFolder folder;
  std::mt19937 random(20'261'123);
  const auto random_up_to = [&](unsigned most) {
    return std::uniform_int_distribution<unsigned>(0, most)(random);
  };
  uintmax_t deliveries = 0;
  for (int round = 0; round < 15; ++round) {
    const pid_t child = StartDelivery(folder.path());
    if (round < 4) {  // while it starts and makes the schema
      usleep(30'000 + 1'000 * random_up_to(120));
    } else {
      deliveries += 1 + random_up_to(4);
      EXPECT_TRUE(WaitForDeliveries(folder.path(), deliveries)) << "the child does not deliver";
      usleep(1'000 * random_up_to(30));
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, with status " << status;
    const std::string log = folder.path() + "/deliveries";
    deliveries = fs::exists(log) ? fs::file_size(log) : 0;
  }
  std::ofstream(folder.path() + "/stop") << "";

  auto store = OpenMigrated(folder.path());
  SqlCheckpointStore checkpoints(*store);
  uint64_t delivered = 0;
  uint64_t clicks = 0;
  for (Partition partition : kPartitions) {
    // What the last kill interrupted is delivered again.
    const Offset next = EndOf(checkpoints, partition) + kEventsPerCheckpoint;
    for (int repeat = 0; repeat < 2; ++repeat) {
      const auto again = Deliver(checkpoints, partition, next);
      ASSERT_TRUE(again.ok()) << again.error().message;
    }
    const uint64_t count = next.value / kEventsPerCheckpoint;
    EXPECT_GT(count, 5U);
    delivered += count;
    clicks += kEventsPerCheckpoint * count * (count + 1) / 2;
  }
  const auto text = [](uint64_t number) { return std::to_string(number); };
  EXPECT_EQ(Ask(*store,
                "SELECT sum(impressions), sum(clicks), sum(spend_micros) FROM adtally.minute WHERE "
                "advertiser_id != 0"),
            text(2 * 1000 * delivered) + "\t" + text(2 * clicks) + "\t-" +
                text(2 * 150 * delivered) + "\n");
  EXPECT_EQ(Ask(*store,
                "SELECT sum(click_conversions), sum(invalid_click_conversions), "
                "sum(click_conversion_value_micros) FROM adtally.click_conversion WHERE "
                "advertiser_id != 0"),
            text(2 * clicks) + "\t" + text(2 * delivered) + "\t" + text(2 * 14 * delivered) + "\n");
  // One receipt a log partition and month, however many were delivered.
  EXPECT_EQ(Ask(*store, "OPTIMIZE TABLE adtally.click_conversion FINAL"), "");
  EXPECT_EQ(Ask(*store, "SELECT count() FROM adtally.click_conversion WHERE advertiser_id = 0"),
            "4\n");
  EXPECT_EQ(Ask(*store, "SELECT sum(received), sum(counted) FROM adtally.ledger FINAL"),
            text(1000 * delivered) + "\t" + text(997 * delivered) + "\n");
  EXPECT_EQ(Ask(*store, "SELECT count() FROM adtally.minute FINAL WHERE advertiser_id = 0"),
            text(2 * delivered) + "\n");
}

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
    row.measures = {i, i + 1, i + 2, i + 3, i + 4, i + 5, -int64_t{i}, int64_t{i} << 40};
    expected += fmt::format("{}\t1\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
                            row.key.minute.value * 60, 2 + i / 50, i, 4'294'967'295u - i,
                            devices[i % 5], country, region, i, i + 1, i + 2, i + 3, i + 4, i + 5,
                            -int64_t{i}, int64_t{i} << 40);
  }
  ASSERT_TRUE(
      checkpoints.InsertMinuteRows(kOtherHour, rows, Partition(1), Offset(9), "t/1/0-9").ok());
  EXPECT_EQ(Ask(*store_,
                fmt::format("SELECT toUnixTimestamp(minute), advertiser_id, campaign_id, "
                            "ad_group_id, creative_id, device, country, region, impressions, "
                            "clicks, conversions, invalid_impressions, invalid_clicks, "
                            "invalid_conversions, spend_micros, conversion_value_micros FROM "
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
