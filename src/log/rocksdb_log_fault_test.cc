#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "log/faulty_file_system.h"
#include "log/log_test_support.h"
#include "log/rocksdb_log.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

using Fault = FaultyFileSystem::Fault;
using ::testing::HasSubstr;

// Appends until it works again.
void AppendPatiently(EventLog& log, const std::string& payload) {
  Result<void> last;
  for (int i = 0; i < 1000; ++i) {
    last = AppendOne(log, 0, payload);
    if (last.ok()) return;
    ASSERT_EQ(last.error().code, ErrorCode::kUnavailable);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  FAIL() << last.error().message;
}

class FaultyLog {
 protected:
  FaultyLog()
      : file_system_(std::make_shared<FaultyFileSystem>()),
        env_(rocksdb::NewCompositeEnv(file_system_)) {
    options_.path = folder_.path() + "/log";
    options_.partitions = 1;
    options_.write_buffer_bytes = 64 << 10;
    options_.recovery_interval_ms = 20;
    options_.env = env_.get();
    Reopen();
  }
  ~FaultyLog() { log_.reset(); }

  void Reopen() {
    log_.reset();
    auto opened = RocksDbLog::Open(options_, SystemClock(), NullLogger());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(opened).value();
  }

  TemporaryFolder folder_;
  std::shared_ptr<FaultyFileSystem> file_system_;
  std::unique_ptr<rocksdb::Env> env_;
  RocksDbLogOptions options_;
  std::unique_ptr<EventLog> log_;
};

class RocksDbLogFaultTest : public FaultyLog, public ::testing::TestWithParam<Fault> {};
class RocksDbLogOneFaultTest : public FaultyLog, public ::testing::Test {};

TEST_P(RocksDbLogFaultTest, GoesOnByItselfAndStaysDense) {
  std::vector<std::string> acknowledged;
  int number = 0;
  const auto append_some = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const std::string payload = std::to_string(number++) + std::string(3'000, '.');
      if (AppendOne(*log_, 0, payload).ok()) acknowledged.push_back(payload);
    }
  };
  for (int round = 0; round < 3; ++round) {
    append_some(30);
    const size_t before = acknowledged.size();
    file_system_->Set(GetParam());
    append_some(10);
    EXPECT_EQ(acknowledged.size(), before);
    const auto boundary = log_->AppendBoundary(Partition(0), {Offset(before), Offset(before + 1)});
    ASSERT_FALSE(boundary.ok());
    EXPECT_EQ(boundary.error().code, ErrorCode::kUnavailable);

    file_system_->Set(Fault::kNone);
    const std::string next = std::to_string(number++) + " next";
    AppendPatiently(*log_, next);
    acknowledged.push_back(next);
    if (round == 1) Reopen();

    // Everything acknowledged is there in order; what failed may be between, once.
    const auto records = ReadAll(*log_, 0);
    size_t matched = 0;
    std::set<std::string_view> unique;
    for (const auto& record : records) {
      EXPECT_TRUE(unique.insert(record.payload).second);
      if (matched < acknowledged.size() && record.payload == acknowledged[matched]) ++matched;
    }
    EXPECT_EQ(matched, acknowledged.size());
  }
}

TEST_P(RocksDbLogFaultTest, WhatIsThereStaysTheSameAfterAFailureAndARestart) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(AppendOne(*log_, 0, "before").ok());
  file_system_->Set(GetParam());
  EXPECT_FALSE(AppendOne(*log_, 0, "failed").ok());
  file_system_->Set(Fault::kNone);
  AppendPatiently(*log_, "after");
  const auto seen = ReadAll(*log_, 0);
  Reopen();
  const auto again = ReadAll(*log_, 0);
  ASSERT_EQ(seen.size(), again.size());
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].payload, again[i].payload);
}

INSTANTIATE_TEST_SUITE_P(Faults, RocksDbLogFaultTest,
                         ::testing::Values(Fault::kDiskFull, Fault::kSyncFails, Fault::kOpenFails));

// The folder is exchanged while its files cannot be opened.
TEST_F(RocksDbLogOneFaultTest, ShowsNothingOfAnotherLogThatTookTheFolder) {
  ASSERT_TRUE(AppendOne(*log_, 0, "ours").ok());
  const std::string other = folder_.path() + "/other";
  {
    RocksDbLogOptions options;
    options.path = other;
    options.partitions = 1;
    auto log = RocksDbLog::Open(options, SystemClock(), NullLogger());
    ASSERT_TRUE(log.ok()) << log.error().message;
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(AppendOne(**log, 0, "theirs").ok());
  }
  file_system_->Set(Fault::kOpenFails);
  RecordBatch out;
  do {
    EXPECT_FALSE(AppendOne(*log_, 0, "failed").ok());
  } while (log_->Read(Partition(0), Offset(0), kNoOffsetLimit, 100, out).ok());
  std::filesystem::rename(options_.path, folder_.path() + "/away");
  std::filesystem::rename(other, options_.path);
  file_system_->Set(Fault::kNone);
  Result<void> appended;
  do {
    appended = AppendOne(*log_, 0, "failed");
    ASSERT_FALSE(appended.ok());
  } while (appended.error().message.find("was replaced by another one") == std::string::npos);
  EXPECT_EQ(*log_->EndOffset(Partition(0)), Offset(1));

  std::filesystem::rename(options_.path, other);
  std::filesystem::rename(folder_.path() + "/away", options_.path);
  AppendPatiently(*log_, "after");
  const auto records = ReadAll(*log_, 0);
  EXPECT_EQ(records.front().payload, "ours");
  EXPECT_EQ(records.back().payload, "after");
}

// A real full disk: a small file system in memory.
class SmallDisk {
 public:
  SmallDisk() : mounted_(mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=16m") == 0) {}
  ~SmallDisk() {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  const bool mounted_;
};

TEST(RocksDbLogDiskFull, ReadsOnAndWritesAgainWhenThereIsRoom) {
  SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "this machine does not let the test mount a file system";
  RocksDbLogOptions options;
  options.path = disk.path() + "/log";
  options.partitions = 1;
  options.write_buffer_bytes = 256 << 10;
  options.max_wal_bytes = 1 << 20;
  options.recovery_interval_ms = 20;
  auto opened = RocksDbLog::Open(options, SystemClock(), NullLogger());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  auto log = std::move(opened).value();

  const std::string ballast = disk.path() + "/ballast";
  std::ofstream(ballast) << std::string(8 << 20, 'b');
  uint64_t acknowledged = 0;
  Result<void> last;
  std::mt19937 random(1);
  std::string payload(20'000, 'x');
  for (size_t i = 0; i < 1'000 && last.ok(); ++i) {
    for (char& c : payload) c = static_cast<char>(random());  // does not compress
    last = AppendOne(*log, 0, payload);
    if (last.ok()) ++acknowledged;
  }
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(last.error().message, HasSubstr("is full"));
  EXPECT_GT(acknowledged, 50u);
  EXPECT_FALSE(AppendOne(*log, 0, payload).ok());
  EXPECT_GE(ReadAll(*log, 0).size(), acknowledged);  // reading goes on

  unlink(ballast.c_str());
  AppendPatiently(*log, "after");
  const auto records = ReadAll(*log, 0);
  EXPECT_GT(records.size(), acknowledged);
  EXPECT_EQ(records.back().payload, "after");
  log.reset();
  opened = RocksDbLog::Open(options, SystemClock(), NullLogger());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(ReadAll(**opened, 0).size(), records.size());
}

}  // namespace
}  // namespace adtally
