// Delivery into the real engine, killed at any moment. Empty in builds without it.
#ifdef ADTALLY_WITH_CHDB

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

#include "aggregator/sql_checkpoint_store_test_support.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

namespace fs = std::filesystem;

constexpr Partition kPartitions[] = {Partition(0), Partition(1)};
constexpr const char* kFolderVariable = "ADTALLY_TEST_DELIVERY_FOLDER";

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

}  // namespace
}  // namespace adtally

#endif
