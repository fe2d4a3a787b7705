#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>

#include "edge/spool_test_support.h"
#include "testing/killed_child.h"

namespace adtally {
namespace {

constexpr char kFolderVariable[] = "ADTALLY_SPOOL_KILL_TEST_FOLDER";
constexpr char kFirstVariable[] = "ADTALLY_SPOOL_KILL_TEST_FIRST";

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
  setenv(kFolderVariable, folder.c_str(), 1);
  setenv(kFirstVariable, std::to_string(first).c_str(), 1);
  return RunTestAndKill("SpoolKill.DISABLED_Child", time);
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
