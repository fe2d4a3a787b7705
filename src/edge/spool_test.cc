#include "edge/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "edge/spool_test_support.h"

namespace adtally {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr int64_t kLong = 30'000;  // ms that no test waits for
const Error kDown{ErrorCode::kUnavailable, "no broker"};

class SpoolTest : public testing::Test {
 protected:
  std::unique_ptr<Spool> Open(RecordSink& log, const SpoolOptions& options,
                              uint64_t max_bytes = kSpoolBytes) {
    return OpenTestSpool(folder_.path(), log, options, logger_, max_bytes);
  }
  void Append(Spool& spool, const std::string& id) {
    spool.AppendAsync(RecordOf(id, spool.partitions()), answers_.Next());
  }

  TemporaryFolder folder_;
  RecordingLogger logger_;
  SpoolAnswers answers_;
};

TEST_F(SpoolTest, WhatTheLogAcknowledgesInTimeIsNotSpooled) {
  FakeLog log;
  const auto spool = Open(log, QuickSpool(kLong));
  Append(*spool, "a");
  EXPECT_TRUE(answers_.WaitFor(1).ok());
  EXPECT_EQ(spool->status().spooled_total, 0u);
  EXPECT_EQ(LoggedIds(log), std::multiset<std::string>{"a"});
}

TEST_F(SpoolTest, ALogThatHangsIsNotWaitedForAndItsLateAnswerIsHarmless) {
  FakeLog log(4, FakeLog::Mode::kHeld);
  const auto spool = Open(log, QuickSpool(30));
  Append(*spool, "a");
  EXPECT_TRUE(answers_.WaitFor(1).ok());
  const SpoolStatus status = spool->status();
  EXPECT_EQ(status.records, 1u);
  EXPECT_GT(status.bytes, 20u);
  EXPECT_TRUE(status.oldest_ms.has_value());
  EXPECT_TRUE(log.records().empty());

  log.set_mode(FakeLog::Mode::kAtOnce);
  ASSERT_TRUE(Eventually([&] {
    log.Release();
    return spool->status().records == 0;
  }));
  log.Release();
  // The first append succeeded late, so the log has it twice: deduplication is for that.
  EXPECT_EQ(LoggedIds(log), (std::multiset<std::string>{"a", "a"}));
  EXPECT_EQ(answers_.size(), 1u);
  EXPECT_EQ(spool->status().drained_total, 1u);
  EXPECT_EQ(spool->status().bytes, 0u);
  EXPECT_EQ(spool->status().oldest_ms, std::nullopt);
}

TEST_F(SpoolTest, ALogThatFailsIsNotWaitedFor) {
  FakeLog log;
  log.FailWith(kDown);
  const auto spool = Open(log, QuickSpool(kLong));
  Append(*spool, "a");
  EXPECT_TRUE(answers_.WaitFor(1).ok());
  EXPECT_TRUE(log.records().empty());
  log.Recover();
  EXPECT_TRUE(Eventually([&] { return spool->status().records == 0; }));
  EXPECT_EQ(LoggedIds(log), std::multiset<std::string>{"a"});
}

TEST_F(SpoolTest, WhatTheLogWillNeverTakeIsRefused) {
  FakeLog log;
  log.FailWith({ErrorCode::kTooLarge, "too large"});
  const auto spool = Open(log, QuickSpool(kLong));
  Append(*spool, "a");
  const auto answer = answers_.WaitFor(1);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(spool->status().spooled_total, 0u);
}

TEST_F(SpoolTest, WhileTheLogIsDownEventsGoToTheSpoolAtOnce) {
  FakeLog log(4, FakeLog::Mode::kHeld);
  SpoolOptions options = QuickSpool(30);
  options.failures_to_open = 2;
  const auto spool = Open(log, options);
  Append(*spool, "a");
  Append(*spool, "b");
  EXPECT_TRUE(answers_.WaitFor(2).ok());
  ASSERT_TRUE(Eventually([&] { return spool->status().log_down; }));
  ASSERT_TRUE(Eventually([&] { return log.held() == 3; }));  // the drainer's probe is the third
  for (int i = 0; i < 100; ++i) Append(*spool, std::to_string(i));
  EXPECT_TRUE(answers_.WaitFor(102).ok());
  EXPECT_EQ(log.held(), 3);  // nothing else went there

  log.set_mode(FakeLog::Mode::kAtOnce);
  log.Release();
  ASSERT_TRUE(Eventually([&] { return spool->status().records == 0; }));
  EXPECT_FALSE(spool->status().log_down);
  Append(*spool, "live");
  EXPECT_EQ(spool->status().spooled_total, 102u);
  EXPECT_THAT(LoggedIds(log), Contains("live"));
  EXPECT_THAT(logger_.lines(), Contains(HasSubstr("edge.spool_after_ms")));
  EXPECT_THAT(logger_.lines(), Contains(HasSubstr("takes events again")));
}

TEST_F(SpoolTest, AFullSpoolRefusesAndTakesAgainWhenItIsDrained) {
  FakeLog log;
  log.FailWith(kDown);
  const auto spool = Open(log, QuickSpool(kLong), 2000);
  size_t taken = 0;
  for (; taken < 100; ++taken) {
    Append(*spool, std::to_string(taken));
    const auto answer = answers_.WaitFor(taken + 1);
    if (answer.ok()) continue;
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(answer.error().message, HasSubstr("edge.spool_max_mb"));
    break;
  }
  EXPECT_GT(taken, 10u);
  ASSERT_LT(taken, 100u);
  EXPECT_TRUE(spool->status().failing);
  EXPECT_EQ(spool->status().refused_total, 1u);
  EXPECT_LE(spool->status().bytes, 2000u);
  log.Recover();
  ASSERT_TRUE(Eventually([&] { return spool->status().records == 0; }));
  EXPECT_EQ(LoggedIds(log).size(), taken);
  log.FailWith(kDown);
  Append(*spool, "again");
  EXPECT_TRUE(answers_.WaitFor(taken + 2).ok());
  EXPECT_FALSE(spool->status().failing);
}

TEST_F(SpoolTest, ARestartDrainsWhatWasLeft) {
  FakeLog log;
  log.FailWith(kDown);
  SpoolStatus before;
  {
    const auto spool = Open(log, QuickSpool(kLong));
    for (int i = 0; i < 20; ++i) Append(*spool, std::to_string(i));
    EXPECT_TRUE(answers_.WaitFor(20).ok());
    before = spool->status();
    EXPECT_EQ(before.records, 20u);
  }
  {
    const auto spool = Open(log, QuickSpool(kLong));
    EXPECT_EQ(spool->status().records, 20u);
    EXPECT_EQ(spool->status().bytes, before.bytes);
    EXPECT_EQ(spool->status().oldest_ms, before.oldest_ms);
    log.Recover();
    ASSERT_TRUE(Eventually([&] { return spool->status().records == 0; }));
  }
  EXPECT_EQ(LoggedIds(log).size(), 20u);
  const auto spool = Open(log, QuickSpool(kLong));
  EXPECT_EQ(spool->status().records, 0u);
}

TEST_F(SpoolTest, ASpoolThatIsTurnedOffIsDrained) {
  FakeLog log;
  log.FailWith(kDown);
  {
    const auto spool = Open(log, QuickSpool(kLong));
    Append(*spool, "a");
    EXPECT_TRUE(answers_.WaitFor(1).ok());
  }
  const auto spool = Open(log, QuickSpool(0));
  Append(*spool, "b");
  EXPECT_FALSE(answers_.WaitFor(2).ok());
  log.Recover();
  ASSERT_TRUE(Eventually([&] { return spool->status().records == 0; }));
  EXPECT_EQ(LoggedIds(log), std::multiset<std::string>{"a"});
}

TEST_F(SpoolTest, RecordsForAnotherNumberOfPartitionsAreSortedAnew) {
  FakeLog four(4);
  four.FailWith(kDown);
  {
    const auto spool = Open(four, QuickSpool(kLong));
    for (int i = 0; i < 50; ++i) Append(*spool, std::to_string(i));
    EXPECT_TRUE(answers_.WaitFor(50).ok());
  }
  FakeLog seven(7);
  const auto spool = Open(seven, QuickSpool(kLong));
  ASSERT_TRUE(Eventually([&] { return spool->status().records == 0; }));
  EXPECT_EQ(LoggedIds(seven).size(), 50u);
}

TEST_F(SpoolTest, OneProcessAtATime) {
  FakeLog log;
  const auto spool = Open(log, QuickSpool(kLong));
  const auto second = SpoolFiles::Open(folder_.path(), kSpoolBytes, SystemClock(), logger_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("edge's spool is in use by another process"));
}

// Appends from several threads while the log fails, hangs and answers late: each acknowledged event
// is in the log in the end, and each request was answered once.
TEST_F(SpoolTest, NothingAcknowledgedIsLostWhileTheLogComesAndGoes) {
  constexpr int kThreads = 3, kEach = 300;
  FakeLog log(4, FakeLog::Mode::kThread);
  SpoolOptions options = QuickSpool(3);
  options.drain_bytes = 1000;
  const auto spool = Open(log, options);
  std::atomic<bool> done{false};
  std::thread weather([&] {
    std::mt19937 random(11);
    while (!done) {
      switch (random() % 4) {
        case 0:
          log.set_mode(FakeLog::Mode::kHeld);
          break;
        case 1:
          log.FailWith(kDown);
          break;
        case 2:
          log.Recover();
          break;
        default:
          log.set_mode(FakeLog::Mode::kThread);
          break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % 8));
      if (random() % 2 == 0) log.Release();
    }
    log.Recover();
    log.set_mode(FakeLog::Mode::kAtOnce);
  });
  std::vector<std::thread> senders;
  for (int t = 0; t < kThreads; ++t) {
    senders.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        Append(*spool, std::to_string(t) + "/" + std::to_string(i));
        std::this_thread::sleep_for(std::chrono::microseconds(500));
      }
    });
  }
  for (auto& sender : senders) sender.join();
  done = true;
  weather.join();
  EXPECT_TRUE(Eventually([&] {
    log.Release();
    return answers_.size() == kThreads * kEach && spool->status().records == 0;
  }));
  const auto logged = LoggedIds(log);
  EXPECT_EQ(std::set<std::string>(logged.begin(), logged.end()).size(),
            static_cast<size_t>(kThreads * kEach));
  EXPECT_GT(spool->status().drained_total, 0u);
}

}  // namespace
}  // namespace adtally
