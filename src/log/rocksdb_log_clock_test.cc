#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "base/rfc3339.h"
#include "log/log_test_support.h"
#include "log/rocksdb_log.h"

namespace adtally {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kStart = 1'790'000'000'000;
constexpr int64_t kLimit = 10 * kMillisPerMinute;
constexpr int64_t kYear = 365 * kSecondsPerDay * kMillisPerSecond;

// A clock whose wall time can be set apart from its monotonic time.
class SteppingClock final : public Clock {
 public:
  int64_t NowMs() const override { return kStart + monotonic_ms_.load() + step_ms_.load(); }
  int64_t MonotonicMicros() const override { return monotonic_ms_.load() * 1000; }
  void Pass(int64_t ms) { monotonic_ms_ += ms; }
  // Sets the wall clock: off by `ms` from now on.
  void Step(int64_t ms) { step_ms_ = ms; }

 private:
  std::atomic<int64_t> monotonic_ms_{0};
  std::atomic<int64_t> step_ms_{0};
};

class CountingLogger final : public Logger {
 public:
  void Log(LogLevel level, std::string_view) override {
    (level == LogLevel::kError ? errors : infos)++;
  }
  std::atomic<int> errors{0};
  std::atomic<int> infos{0};
};

class RocksDbLogClockTest : public ::testing::Test {
 protected:
  RocksDbLogClockTest() {
    options_.path = folder_.path() + "/log";
    options_.partitions = 2;
    const auto opened = Open();
    EXPECT_TRUE(opened.ok()) << opened.error().message;
  }

  Result<void> Open() {
    log_.reset();
    ADTALLY_ASSIGN(log_, RocksDbLog::Open(options_, clock_, logger_));
    return {};
  }

  void ExpectRefused(uint32_t partition, int64_t shown_ms, int64_t compared_ms) {
    const auto appended = AppendOne(*log_, partition, "refused");
    ASSERT_FALSE(appended.ok());
    EXPECT_EQ(appended.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(appended.error().message,
                AllOf(HasSubstr("clock"), HasSubstr(FormatRfc3339Millis(shown_ms)),
                      HasSubstr(FormatRfc3339Millis(compared_ms))));
  }

  std::vector<int64_t> AppendTimes(uint32_t partition) {
    std::vector<int64_t> times;
    for (const auto& record : ReadAll(*log_, partition)) times.push_back(record.append_time.value);
    return times;
  }

  TemporaryFolder folder_;
  SteppingClock clock_;
  CountingLogger logger_;
  RocksDbLogOptions options_;
  std::unique_ptr<EventLog> log_;
};

TEST_F(RocksDbLogClockTest, AForwardStepDoesNotReachTheRecords) {
  ASSERT_TRUE(AppendOne(*log_, 0, "a").ok());
  clock_.Pass(5 * kMillisPerHour);
  clock_.Step(kYear);
  ExpectRefused(0, kStart + 5 * kMillisPerHour + kYear, kStart + 5 * kMillisPerHour);
  ExpectRefused(1, kStart + 5 * kMillisPerHour + kYear, kStart + 5 * kMillisPerHour);
  EXPECT_EQ(logger_.errors, 1);
  EXPECT_EQ(ReadAll(*log_, 0).size(), 1u);  // reading goes on

  clock_.Pass(1'000);
  clock_.Step(kLimit);
  ASSERT_TRUE(AppendOne(*log_, 1, "b").ok());
  EXPECT_EQ(logger_.infos, 1);
  clock_.Step(kLimit + 1);
  ExpectRefused(0, kStart + 5 * kMillisPerHour + 1'000 + kLimit + 1,
                kStart + 5 * kMillisPerHour + 1'000);
  clock_.Step(0);
  ASSERT_TRUE(AppendOne(*log_, 0, "c").ok());
  EXPECT_THAT(AppendTimes(0), ElementsAre(kStart, kStart + 5 * kMillisPerHour + 1'000));
}

TEST_F(RocksDbLogClockTest, ARestartTakesTheNewTime) {
  ASSERT_TRUE(AppendOne(*log_, 0, "a").ok());
  clock_.Step(kYear);
  ExpectRefused(0, kStart + kYear, kStart);
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(AppendOne(*log_, 0, "b").ok());
  EXPECT_THAT(AppendTimes(0), ElementsAre(kStart, kStart + kYear));
}

TEST_F(RocksDbLogClockTest, ASmallBackwardStepKeepsTheLastTimeAndALargeOneIsRefused) {
  clock_.Pass(kMillisPerHour);
  ASSERT_TRUE(AppendOne(*log_, 0, "a").ok());
  clock_.Step(-kLimit);
  ASSERT_TRUE(AppendOne(*log_, 0, "b").ok());
  clock_.Step(-kLimit - 1);
  ExpectRefused(0, kStart + kMillisPerHour - kLimit - 1, kStart + kMillisPerHour);
  clock_.Step(0);
  clock_.Pass(5);
  ASSERT_TRUE(AppendOne(*log_, 0, "c").ok());
  EXPECT_THAT(AppendTimes(0), ElementsAre(kStart + kMillisPerHour, kStart + kMillisPerHour,
                                          kStart + kMillisPerHour + 5));
}

TEST_F(RocksDbLogClockTest, RefusesToOpenWhenTheClockIsFarBehindTheRecords) {
  ASSERT_TRUE(AppendOne(*log_, 1, "a").ok());
  clock_.Step(-kLimit - 1);
  for (int dropped = 0; dropped < 2; ++dropped) {
    const auto opened = Open();
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
    EXPECT_THAT(opened.error().message, AllOf(HasSubstr(FormatRfc3339Millis(kStart)),
                                              HasSubstr(FormatRfc3339Millis(kStart - kLimit - 1))));
    // The last append time counts although retention dropped its record.
    clock_.Step(0);
    ASSERT_TRUE(Open().ok());
    ASSERT_TRUE(log_->DropBefore(Partition(1), Offset(1)).ok());
    clock_.Step(-kLimit - 1);
  }
  clock_.Step(-kLimit);
  EXPECT_TRUE(Open().ok());
}

}  // namespace
}  // namespace adtally
