#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "log/log_test_support.h"
#include "log/rocksdb_log.h"

namespace adtally {
namespace {

constexpr char kFolderVariable[] = "ADTALLY_LOG_KILL_TEST_FOLDER";
constexpr int kAcknowledgedFd = 100;  // apart from googletest's own output
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
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kAcknowledgedFd);
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=RocksDbLogKill.DISABLED_Child";
  std::string disabled = "--gtest_also_run_disabled_tests";
  std::string brief = "--gtest_brief=1";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), brief.data(), nullptr};
  setenv(kFolderVariable, folder.c_str(), 1);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);

  std::thread killer([&] {
    std::this_thread::sleep_for(time);
    kill(child, SIGKILL);
  });
  std::string bytes;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    bytes.append(buffer, static_cast<size_t>(n));
  }
  killer.join();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
  close(ends[0]);

  std::vector<uint64_t> numbers;
  for (size_t at = 0; at + sizeof(uint64_t) <= bytes.size(); at += sizeof(uint64_t)) {
    uint64_t number = 0;
    std::copy_n(bytes.data() + at, sizeof(number), reinterpret_cast<char*>(&number));
    numbers.push_back(number);
  }
  return numbers;
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
