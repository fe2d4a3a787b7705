#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "log/faulty_file_system.h"
#include "log/log_test_support.h"
#include "log/rocksdb_log.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

using Fault = FaultyFileSystem::Fault;
constexpr int64_t kStart = 1'790'000'000'000;

class RocksDbLogSafeTimeTest : public ::testing::Test {
 protected:
  RocksDbLogSafeTimeTest()
      : file_system_(std::make_shared<FaultyFileSystem>()),
        env_(rocksdb::NewCompositeEnv(file_system_)) {
    options_.path = folder_.path() + "/log";
    options_.partitions = 1;
    options_.recovery_interval_ms = 10;
    options_.env = env_.get();
    Open(clock_);
  }
  ~RocksDbLogSafeTimeTest() override { log_.reset(); }

  void Open(const Clock& clock) {
    log_.reset();
    auto opened = RocksDbLog::Open(options_, clock, NullLogger());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(opened).value();
  }
  int64_t Safe() { return log_->SafeTime(Partition(0)).value; }

  TemporaryFolder folder_;
  std::shared_ptr<FaultyFileSystem> file_system_;
  std::unique_ptr<rocksdb::Env> env_;
  ManualClock clock_{kStart};
  RocksDbLogOptions options_;
  std::unique_ptr<EventLog> log_;
};

TEST_F(RocksDbLogSafeTimeTest, WaitsForACommitWhoseFsyncIsSlow) {
  ASSERT_TRUE(AppendOne(*log_, 0, "a").ok());
  clock_.Advance(10);
  EXPECT_EQ(Safe(), kStart + 10);

  file_system_->Set(Fault::kSyncWaits);
  std::promise<Result<void>> promise;
  log_->AppendAsync({{Partition(0), "b"}}, [&](Result<void> result) { promise.set_value(result); });
  while (file_system_->waited() == 0) std::this_thread::yield();
  clock_.Advance(500);
  EXPECT_EQ(*log_->EndOffset(Partition(0)), Offset(1));
  EXPECT_EQ(Safe(), kStart + 10);

  file_system_->Set(Fault::kNone);
  ASSERT_TRUE(promise.get_future().get().ok());
  EXPECT_EQ(Safe(), kStart + 510);
  EXPECT_EQ(ReadAll(*log_, 0)[1].append_time, AppendTime(kStart + 10));
}

TEST_F(RocksDbLogSafeTimeTest, WaitsUntilItIsKnownWhatAFailedCommitLeft) {
  file_system_->Set(Fault::kSyncFails);
  EXPECT_FALSE(AppendOne(*log_, 0, "failed").ok());
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(100);
    EXPECT_FALSE(AppendOne(*log_, 0, "x").ok());
    EXPECT_EQ(Safe(), kStart);
  }
  file_system_->Set(Fault::kNone);
  clock_.Advance(100);
  ASSERT_TRUE(AppendOne(*log_, 0, "after").ok());
  EXPECT_EQ(Safe(), kStart + 400);
  EXPECT_EQ(ReadAll(*log_, 0).front().append_time, AppendTime(kStart));
}

TEST_F(RocksDbLogSafeTimeTest, HoldsWhenTheClockFalls) {
  EXPECT_EQ(Safe(), kStart);
  clock_.Advance(-100);
  EXPECT_EQ(Safe(), kStart - 100);
  ASSERT_TRUE(AppendOne(*log_, 0, "a").ok());
  EXPECT_EQ(ReadAll(*log_, 0)[0].append_time, AppendTime(kStart));
}

TEST_F(RocksDbLogSafeTimeTest, NothingEarlierAppearsLater) {
  Open(SystemClock());
  std::atomic<bool> stop{false};
  std::vector<std::pair<AppendTime, Offset>> seen;
  std::thread reader([&] {
    while (!stop) {
      const AppendTime safe = log_->SafeTime(Partition(0));
      const Offset end = *log_->EndOffset(Partition(0));
      if (seen.empty() || seen.back().first < safe || seen.back().second < end) {
        seen.emplace_back(safe, end);
      }
    }
  });
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  while (std::chrono::steady_clock::now() < until) EXPECT_TRUE(AppendOne(*log_, 0, "x").ok());
  stop = true;
  reader.join();
  const auto records = ReadAll(*log_, 0);
  EXPECT_GT(records.size(), 10u);
  for (const auto& [safe, end] : seen) {
    if (end.value == records.size()) continue;
    EXPECT_GE(records[end.value].append_time, safe);
  }
}

}  // namespace
}  // namespace adtally
