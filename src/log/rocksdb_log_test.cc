#include "log/rocksdb_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <chrono>
#include <latch>
#include <set>
#include <thread>

#include "log/log_test_support.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

class RocksDbLogTest : public ::testing::Test {
 protected:
  RocksDbLogTest() {
    options_.path = folder_.path() + "/log";
    options_.partitions = 2;
    Reopen();
  }

  void Reopen() {
    log_.reset();
    auto opened = RocksDbLog::Open(options_, clock_, NullLogger());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    log_ = std::move(opened).value();
  }

  void AppendMany(int count, const std::string& payload) {
    std::vector<EventLog::Append> records(100, {Partition(0), payload});
    for (int i = 0; i < count; i += 100) ASSERT_TRUE(AppendAndWait(*log_, records).ok());
  }

  std::set<std::string> Files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options_.path)) {
      if (entry.path().extension() == ".sst") names.insert(entry.path().filename());
    }
    return names;
  }

  TemporaryFolder folder_;
  ManualClock clock_{1'000'000};
  RocksDbLogOptions options_;
  std::unique_ptr<EventLog> log_;
};

TEST_F(RocksDbLogTest, KeepsRecordsAndTheirOrderOverAReopen) {
  const std::string id = log_->log_id();
  EXPECT_EQ(id.size(), 36u);
  ASSERT_TRUE(AppendOne(*log_, 0, "a").ok());
  clock_.Advance(10);
  ASSERT_TRUE(AppendAndWait(*log_, {{Partition(0), "b"}, {Partition(1), ""}}).ok());
  Reopen();
  ASSERT_TRUE(AppendOne(*log_, 0, "c").ok());

  EXPECT_EQ(log_->log_id(), id);
  const auto records = ReadAll(*log_, 0);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].payload, "a");
  EXPECT_EQ(records[1].payload, "b");
  EXPECT_EQ(records[2].payload, "c");
  EXPECT_EQ(records[0].append_time, AppendTime(1'000'000));
  EXPECT_EQ(records[1].append_time, AppendTime(1'000'010));
  EXPECT_EQ(ReadAll(*log_, 1).size(), 1u);
  EXPECT_EQ(*log_->EndOffset(Partition(0)), Offset(3));
  EXPECT_EQ(*log_->BeginOffset(Partition(0)), Offset(0));
}

TEST_F(RocksDbLogTest, AppendTimesNeverFallEvenIfTheClockDoes) {
  ASSERT_TRUE(AppendOne(*log_, 0, "a").ok());
  clock_.Set(500'000);
  ASSERT_TRUE(AppendOne(*log_, 0, "b").ok());
  Reopen();
  ASSERT_TRUE(AppendOne(*log_, 0, "c").ok());
  ASSERT_TRUE(log_->DropBefore(Partition(0), Offset(3)).ok());
  Reopen();
  ASSERT_TRUE(AppendOne(*log_, 0, "d").ok());
  const auto records = ReadAll(*log_, 0, Offset(3));
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].append_time, AppendTime(1'000'000));
}

TEST_F(RocksDbLogTest, ReadsUpToTheByteAndOffsetLimits) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(AppendOne(*log_, 0, std::string(100, 'x')).ok());
  RecordBatch out;
  ASSERT_TRUE(log_->Read(Partition(0), Offset(2), kNoOffsetLimit, 350, out).ok());
  EXPECT_EQ(out.size(), 3u);
  ASSERT_TRUE(log_->Read(Partition(0), Offset(2), kNoOffsetLimit, 1, out).ok());
  EXPECT_EQ(out.size(), 1u);
  ASSERT_TRUE(log_->Read(Partition(0), Offset(2), Offset(4), 10'000, out).ok());
  EXPECT_EQ(out.size(), 2u);
  ASSERT_TRUE(log_->Read(Partition(0), Offset(10), kNoOffsetLimit, 10'000, out).ok());
  EXPECT_TRUE(out.empty());
}

TEST_F(RocksDbLogTest, FindsTheFirstRecordAtATime) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(AppendOne(*log_, 0, "x").ok());
    if (i % 2 == 1) clock_.Advance(10);
  }
  EXPECT_EQ(*log_->OffsetAt(Partition(0), AppendTime(0)), Offset(0));
  EXPECT_EQ(*log_->OffsetAt(Partition(0), AppendTime(1'000'050)), Offset(10));
  EXPECT_EQ(*log_->OffsetAt(Partition(0), AppendTime(1'000'051)), Offset(12));
  EXPECT_EQ(*log_->OffsetAt(Partition(0), AppendTime(2'000'000)), Offset(50));
  EXPECT_EQ(*log_->OffsetAt(Partition(1), AppendTime(0)), Offset(0));
}

TEST_F(RocksDbLogTest, TheFirstBoundaryWins) {
  EXPECT_EQ(log_->ReadBoundary(Partition(0), Offset(0)).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(log_->AppendBoundary(Partition(0), {Offset(0), Offset(7)}).ok());
  ASSERT_TRUE(log_->AppendBoundary(Partition(0), {Offset(0), Offset(9)}).ok());
  ASSERT_TRUE(log_->AppendBoundary(Partition(1), {Offset(0), Offset(3)}).ok());
  Reopen();
  ASSERT_TRUE(log_->AppendBoundary(Partition(0), {Offset(0), Offset(11)}).ok());
  EXPECT_EQ(*log_->ReadBoundary(Partition(0), Offset(0)), (Boundary{Offset(0), Offset(7)}));
  EXPECT_EQ(*log_->ReadBoundary(Partition(1), Offset(0)), (Boundary{Offset(0), Offset(3)}));
}

TEST_F(RocksDbLogTest, WaitsForAnAppend) {
  uint64_t seen = log_->WaitForAppend(0, 60'000);  // at once: 0 is never the counter's value
  EXPECT_NE(seen, 0u);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(log_->WaitForAppend(seen, 20), seen);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));

  for (uint32_t p = 0; p < 2; ++p) {  // of whichever partition
    std::thread writer([&] { ASSERT_TRUE(AppendOne(*log_, p, "x").ok()); });
    const uint64_t now = log_->WaitForAppend(seen, 60'000);
    EXPECT_GT(now, seen);
    EXPECT_EQ(*log_->EndOffset(Partition(p)), Offset(1));
    EXPECT_EQ(log_->WaitForAppend(seen, 60'000), now);  // at once: the append was before the call
    seen = now;
    writer.join();
  }
}

TEST_F(RocksDbLogTest, RefusesAnotherPartitionCountAndASecondProcess) {
  RocksDbLogOptions other = options_;
  const auto second = RocksDbLog::Open(other, clock_, NullLogger());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("is in use by another process"));

  log_.reset();
  other.partitions = 8;
  const auto changed = RocksDbLog::Open(other, clock_, NullLogger());
  ASSERT_FALSE(changed.ok());
  EXPECT_EQ(changed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(changed.error().message, HasSubstr("log.partitions is 8"));
  Reopen();
}

TEST_F(RocksDbLogTest, RefusesANewerFormat) {
  log_.reset();
  {
    rocksdb::Options raw;
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(raw, options_.path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(raw, options_.path, families, &handles, &db).ok());
    ASSERT_TRUE(db->Put({}, "log", std::string("\x63\0\0\0\x02\0\0\0id", 10)).ok());
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
  const auto opened = RocksDbLog::Open(options_, clock_, NullLogger());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(opened.error().message, HasSubstr("format version 99"));
}

TEST_F(RocksDbLogTest, RefusesWhatTheQueueCannotHold) {
  options_.max_queued_bytes = 10'000;
  Reopen();
  EXPECT_EQ(AppendOne(*log_, 0, std::string(20'000, 'x')).error().code, ErrorCode::kTooLarge);

  // The writer is held in a callback, so what comes then has to wait.
  std::latch held(1);
  std::latch go(1);
  log_->AppendAsync({{Partition(0), "x"}}, [&](Result<void>) {
    held.count_down();
    go.wait();
  });
  held.wait();
  std::atomic<int> appended{0};
  Result<void> refused;
  bool was_refused = false;
  for (int i = 0; i < 3; ++i) {
    log_->AppendAsync({{Partition(0), std::string(4'000, 'x')}}, [&, i](Result<void> result) {
      if (result.ok()) ++appended;
      if (i == 2) was_refused = !(refused = result).ok();
    });
  }
  EXPECT_TRUE(was_refused);  // before the writer goes on: in this thread
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  go.count_down();
  log_.reset();  // writes what is queued
  EXPECT_EQ(appended, 2);
  Reopen();
  EXPECT_EQ(*log_->EndOffset(Partition(0)), Offset(3));
}

TEST_F(RocksDbLogTest, EightThreadsAppendAndReadAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kRecords = 150;
  std::atomic<int> appended{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRecords; ++i) {
        log_->AppendAsync({{Partition(static_cast<uint32_t>(i % 2)), std::to_string(t)}},
                          [&](Result<void> result) { appended += result.ok(); });
      }
    });
  }
  Offset next(0);
  RecordBatch out;
  uint64_t seen = 0;
  while (next < Offset(kThreads * kRecords / 2)) {
    if (*log_->EndOffset(Partition(0)) == next) seen = log_->WaitForAppend(seen, 60'000);
    ASSERT_TRUE(log_->Read(Partition(0), next, kNoOffsetLimit, 1000, out).ok());
    next = next + out.size();
    if (next.value % 7 == 0) {
      auto appended_boundary = log_->AppendBoundary(Partition(1), {next, next + 1});
      ASSERT_TRUE(appended_boundary.ok());
    }
  }
  for (auto& thread : threads) thread.join();
  while (*log_->EndOffset(Partition(1)) < Offset(kThreads * kRecords / 2)) {
    seen = log_->WaitForAppend(seen, 60'000);
  }
  log_.reset();
  EXPECT_EQ(appended, kThreads * kRecords);
}

TEST_F(RocksDbLogTest, RetentionDropsWholeFilesAndRewritesNone) {
  options_.write_buffer_bytes = 64 << 10;
  Reopen();
  std::set<std::string> seen;
  for (int round = 0; round < 8; ++round) {
    AppendMany(400, std::string(2'000, static_cast<char>('a' + round)));
    Reopen();  // writes what is left in the WAL to files, too
    if (round < 7) clock_.Advance(1);
    const auto now = Files();
    // A file that was there stays: nothing was merged into a new one.
    EXPECT_THAT(now, IsSupersetOf(seen));
    seen = now;
  }
  EXPECT_EQ(*log_->DroppedUpTo(Partition(0)), std::nullopt);
  const auto before = Files();
  EXPECT_GE(before.size(), 8u);
  ASSERT_TRUE(log_->AppendBoundary(Partition(0), {Offset(100), Offset(200)}).ok());
  ASSERT_TRUE(log_->AppendBoundary(Partition(0), {Offset(2'500), Offset(2'600)}).ok());
  ASSERT_TRUE(log_->AppendBoundary(Partition(1), {Offset(100), Offset(200)}).ok());
  ASSERT_TRUE(log_->DropBefore(Partition(0), Offset(2'500)).ok());
  ASSERT_TRUE(log_->DropBefore(Partition(0), Offset(1'000)).ok());  // changes nothing

  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_EQ(*log_->BeginOffset(Partition(0)), Offset(2'500));
    EXPECT_EQ(*log_->EndOffset(Partition(0)), Offset(3'200));
    EXPECT_EQ(ReadAll(*log_, 0, Offset(2'500)).size(), 700u);
    RecordBatch out;
    const auto read = log_->Read(Partition(0), Offset(2'499), kNoOffsetLimit, 100, out);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(log_->ReadBoundary(Partition(0), Offset(100)).error().code,
              ErrorCode::kInvalidArgument);
    EXPECT_EQ(log_->ReadBoundary(Partition(0), Offset(3'199)).error().code, ErrorCode::kNotFound);
    EXPECT_TRUE(log_->ReadBoundary(Partition(0), Offset(2'500)).ok());
    EXPECT_TRUE(log_->ReadBoundary(Partition(1), Offset(100)).ok());
    EXPECT_EQ(*log_->OffsetAt(Partition(0), AppendTime(0)), Offset(2'500));
    EXPECT_EQ(*log_->DroppedUpTo(Partition(0)), AppendTime(1'000'006));
    Reopen();
  }
  EXPECT_LT(Files().size(), before.size() / 2);

  ASSERT_TRUE(log_->DropBefore(Partition(0), Offset(9'999)).ok());  // all there is
  Reopen();
  EXPECT_EQ(*log_->DroppedUpTo(Partition(0)), AppendTime(1'000'007));
  EXPECT_EQ(*log_->DroppedUpTo(Partition(1)), std::nullopt);
  EXPECT_EQ(*log_->BeginOffset(Partition(0)), Offset(3'200));
  ASSERT_TRUE(AppendOne(*log_, 0, "next").ok());
  EXPECT_EQ(*log_->EndOffset(Partition(0)), Offset(3'201));
  EXPECT_EQ(ReadAll(*log_, 0, Offset(3'200)).size(), 1u);
}

TEST_F(RocksDbLogTest, NamesADamagedFolder) {
  options_.write_buffer_bytes = 64 << 10;
  Reopen();
  AppendMany(400, std::string(2'000, 'x'));
  Reopen();
  log_.reset();
  ASSERT_FALSE(Files().empty());
  for (const auto& name : Files()) std::filesystem::resize_file(options_.path + "/" + name, 100);
  const auto opened = RocksDbLog::Open(options_, clock_, NullLogger());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().message, HasSubstr(options_.path));
}

}  // namespace
}  // namespace adtally
