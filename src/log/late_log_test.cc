#include "log/late_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "base/clock.h"
#include "log/log_test_support.h"
#include "testing/memory_log.h"

namespace adtally {
namespace {

using testing::HasSubstr;

std::unique_ptr<EventLog> NewLog() {
  return std::make_unique<MemoryLog>(2, SystemClock());
}

Result<void> Append(RecordSink& log) {
  std::promise<Result<void>> answer;
  log.AppendAsync({{Partition(1), "x"}}, [&](Result<void> result) { answer.set_value(result); });
  return answer.get_future().get();
}

TEST(LateLog, OpensAtOnceWhenItCan) {
  auto log = LateLog::Open(
      2, []() -> Result<std::unique_ptr<EventLog>> { return NewLog(); }, NullLogger());
  ASSERT_TRUE(log.ok());
  EXPECT_EQ((*log)->partitions(), 2u);
  EXPECT_TRUE(Append(**log).ok());
}

TEST(LateLog, RefusesUntilItIsThere) {
  std::atomic<bool> reachable{false};
  const auto open = [&]() -> Result<std::unique_ptr<EventLog>> {
    if (!reachable) return Error{ErrorCode::kUnavailable, "no broker answers"};
    return NewLog();
  };
  auto log = LateLog::Open(2, open, NullLogger(), 1);
  ASSERT_TRUE(log.ok());
  const auto refused = Append(**log);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("no broker answers"));
  reachable = true;
  bool appended = false;
  for (int i = 0; i < 5000 && !appended; ++i) {
    appended = Append(**log).ok();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(appended);
}

TEST(LateLog, WhatWaitingDoesNotHealStopsTheStart) {
  auto log = LateLog::Open(
      2,
      []() -> Result<std::unique_ptr<EventLog>> {
        return Error{ErrorCode::kInvalidArgument, "the topic has 3 partitions"};
      },
      NullLogger());
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.error().code, ErrorCode::kInvalidArgument);
}

TEST(LateLog, EndsWhileItIsOutOfReach) {
  auto log = LateLog::Open(
      2,
      []() -> Result<std::unique_ptr<EventLog>> {
        return Error{ErrorCode::kUnavailable, "no broker answers"};
      },
      NullLogger(), 60'000);
  EXPECT_TRUE(log.ok());
}

}  // namespace
}  // namespace adtally
