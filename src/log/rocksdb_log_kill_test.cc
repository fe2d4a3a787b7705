#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "log/log_test_support.h"
#include "log/rocksdb_log.h"
#include "testing/killed_child.h"

namespace adtally {
namespace {

constexpr char kFolderVariable[] = "ADTALLY_LOG_KILL_TEST_FOLDER";
constexpr uint32_t kPartitions = 2;

RocksDbLogOptions Options(const std::string& path) {
  RocksDbLogOptions options;
  options.path = path;
  options.partitions = kPartitions;
  options.write_buffer_bytes = 64 << 10;  // flushes all the time
  return options;
}

uint64_t NumberOf(std::string_view payload) {
  uint64_t number = 0;
  std::from_chars(payload.data(), payload.data() + payload.size(), number);
  return number;
}

// The child: appends numbered records, some in flight at once, and writes to the pipe the numbers
// that were acknowledged.
TEST(RocksDbLogKill, DISABLED_Child) {
  const char* folder = std::getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr);
  auto log = RocksDbLog::Open(Options(folder), SystemClock(), NullLogger());
  ASSERT_TRUE(log.ok()) << log.error().message;
  std::atomic<int> in_flight{0};
  uint64_t number = 0;
  for (uint32_t p = 0; p < kPartitions; ++p) {
    const auto records = ReadAll(**log, p);
    if (!records.empty()) number = std::max(number, NumberOf(records.back().payload) + 1);
  }
  for (;; ++number) {
    while (in_flight >= 8) std::this_thread::yield();
    ++in_flight;
    const Partition partition(static_cast<uint32_t>(number % kPartitions));
    (*log)->AppendAsync({{partition, std::to_string(number) + std::string(1'000, ' ')}},
                        [&in_flight, number](Result<void> result) {
                          if (!result.ok()) _exit(1);
                          if (write(kAcknowledgedFd, &number, sizeof(number)) < 0) _exit(1);
                          --in_flight;
                        });
  }
}

// Runs the child for a while, kills it, returns the numbers that it saw acknowledged.
std::vector<uint64_t> RunAndKill(const std::string& folder, std::chrono::milliseconds time) {
  setenv(kFolderVariable, folder.c_str(), 1);
  return RunTestAndKill("RocksDbLogKill.DISABLED_Child", time);
}

TEST(RocksDbLogKill, LosesNothingThatWasAcknowledged) {
  TemporaryFolder folder;
  std::mt19937 random(7);
  std::vector<uint64_t> acknowledged;
  for (int round = 0; round < 10; ++round) {
    const std::chrono::milliseconds time(100 + random() % 400);
    const auto numbers = RunAndKill(folder.path(), time);
    acknowledged.insert(acknowledged.end(), numbers.begin(), numbers.end());

    auto log = RocksDbLog::Open(Options(folder.path()), SystemClock(), NullLogger());
    ASSERT_TRUE(log.ok()) << log.error().message;
    std::vector<uint64_t> found;
    for (uint32_t p = 0; p < kPartitions; ++p) {
      const size_t first = found.size();
      for (const auto& record : ReadAll(**log, p)) found.push_back(NumberOf(record.payload));
      const auto begin = found.begin() + static_cast<std::ptrdiff_t>(first);
      EXPECT_TRUE(std::is_sorted(begin, found.end()));
      EXPECT_EQ(std::adjacent_find(begin, found.end()), found.end());
    }
    std::ranges::sort(found);
    std::ranges::sort(acknowledged);
    EXPECT_TRUE(std::ranges::includes(found, acknowledged)) << "round " << round;
  }
  EXPECT_GT(acknowledged.size(), 100u);
}

}  // namespace
}  // namespace adtally
