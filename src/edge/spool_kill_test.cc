#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>

#include "edge/spool_test_support.h"

namespace adtally {
namespace {

constexpr char kFolderVariable[] = "ADTALLY_SPOOL_KILL_TEST_FOLDER";
constexpr char kFirstVariable[] = "ADTALLY_SPOOL_KILL_TEST_FIRST";
constexpr int kAcknowledgedFd = 100;  // apart from googletest's own output

// The child: spools numbered events, and writes to the pipe the numbers that were acknowledged.
TEST(SpoolKill, DISABLED_Child) {
  const char* folder = std::getenv(kFolderVariable);
  const char* first = std::getenv(kFirstVariable);
  ASSERT_TRUE(folder != nullptr && first != nullptr);
  FakeLog log(2);
  log.FailWith({ErrorCode::kUnavailable, "no broker"});
  const auto spool = OpenTestSpool(folder, log, QuickSpool(2), NullLogger());
  std::atomic<int> in_flight{0};
  for (uint64_t number = std::stoull(first);; ++number) {
    while (in_flight >= 8) std::this_thread::yield();
    ++in_flight;
    spool->AppendAsync(RecordOf(std::to_string(number), 2), [&in_flight, number](Result<void> r) {
      if (!r.ok()) _exit(1);
      if (write(kAcknowledgedFd, &number, sizeof(number)) < 0) _exit(1);
      --in_flight;
    });
  }
}

// Runs the child for a while, kills it, returns the numbers that it saw acknowledged.
std::vector<uint64_t> RunAndKill(const std::string& folder, uint64_t first,
                                 std::chrono::milliseconds time) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kAcknowledgedFd);
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=SpoolKill.DISABLED_Child";
  std::string disabled = "--gtest_also_run_disabled_tests";
  std::string brief = "--gtest_brief=1";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), brief.data(), nullptr};
  setenv(kFolderVariable, folder.c_str(), 1);
  setenv(kFirstVariable, std::to_string(first).c_str(), 1);
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

TEST(SpoolKill, WhatWasAcknowledgedIsDrainedAfterAKill) {
  TemporaryFolder folder;
  std::mt19937 random(5);
  FakeLog log(2);
  std::vector<uint64_t> acknowledged;
  for (int round = 0; round < 6; ++round) {
    const std::chrono::milliseconds time(150 + random() % 300);
    const auto numbers = RunAndKill(folder.path(), static_cast<uint64_t>(round) * 1'000'000, time);
    acknowledged.insert(acknowledged.end(), numbers.begin(), numbers.end());
    if (round % 2 == 0) continue;  // the next child finds what this one left

    const auto spool = OpenTestSpool(folder.path(), log, QuickSpool(30'000), NullLogger());
    ASSERT_TRUE(Eventually([&] { return spool->status().records == 0; }));
    const auto logged = LoggedIds(log);
    for (const uint64_t number : acknowledged) {
      ASSERT_EQ(logged.count(std::to_string(number)), 1u) << "round " << round;
    }
  }
  EXPECT_GT(acknowledged.size(), 100u);
}

}  // namespace
}  // namespace adtally
