#include "aggregator/dedup_recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "aggregator/counted_log_test_support.h"
#include "aggregator/id_cache_test_support.h"
#include "testing/memory_id_cache.h"
#include "testing/passing_event_log.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kStartMs = RandomLog::Options().start_ms;

RandomLog::Options TrafficOptions(int64_t start_ms = kStartMs) {
  RandomLog::Options options;
  options.start_ms = start_ms;
  options.long_pause = 0.01;
  return options;
}

class DedupRecoveryTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.path() + "/ids"; }
  std::unique_ptr<IdCache> Open(const std::string& log_id = "log-1") {
    return OpenCache(path(), log_id, logger_);
  }
  void CopyTo(const std::string& name) {
    std::filesystem::copy(path(), folder_.path() + "/" + name,
                          std::filesystem::copy_options::recursive);
  }
  void PutBack(const std::string& name) {
    std::filesystem::remove_all(path());
    std::filesystem::rename(folder_.path() + "/" + name, path());
  }

  // The cache of a log whose first 200 records are those of counted_, and which goes on
  // differently.
  void WriteOneWay() {
    RandomLog first_traffic(11, TrafficOptions());
    CountedLog first;
    WriteAll(*Open(), first.Append(first_traffic, 200));
    RandomLog first_way(21, TrafficOptions(kStartMs + 300 * kMillisPerHour));
    WriteAll(*Open(), first.Append(first_way, 100));
  }

  TemporaryFolder folder_;
  WarningLogger logger_;
  RandomLog traffic_{11, TrafficOptions()};
  CountedLog counted_;
};

TEST_F(DedupRecoveryTest, AWholeCacheMakesTheLogUnneeded) {
  WriteAll(*Open(), counted_.Append(traffic_, 300));
  const DedupRecovery recovery = counted_.ExpectRecovers(*Open(), traffic_);
  EXPECT_GT(recovery.records_from_cache, 50u);
  // The window may begin within a checkpoint.
  EXPECT_LT(recovery.records_from_log, uint64_t{CountedLog::kRecordsPerCheckpoint});
}

TEST_F(DedupRecoveryTest, TheCacheInMemoryIsNoDifferent) {
  MemoryIdCache cache;
  WriteAll(cache, counted_.Append(traffic_, 300));
  const DedupRecovery recovery = counted_.ExpectRecovers(cache, traffic_);
  EXPECT_GT(recovery.records_from_cache, 50u);
}

TEST_F(DedupRecoveryTest, AMissingCacheOnlyCostsTime) {
  counted_.Append(traffic_, 300);
  const DedupRecovery recovery = counted_.ExpectRecovers(*Open(), traffic_);
  EXPECT_EQ(recovery.records_from_cache, 0u);
  EXPECT_GT(recovery.records_from_log, 50u);
}

TEST_F(DedupRecoveryTest, MissingEntriesOnlyCostTime) {
  const auto checkpoints = counted_.Append(traffic_, 300);
  const auto cache = Open();
  for (size_t i = 0; i < checkpoints.size(); ++i) {
    if (i % 3 == 1) continue;
    ASSERT_TRUE(cache->Write(checkpoints[i]).ok());
  }
  const DedupRecovery recovery = counted_.ExpectRecovers(*cache, traffic_);
  EXPECT_GT(recovery.records_from_cache, 30u);
  EXPECT_GT(recovery.records_from_log, 10u);
}

TEST_F(DedupRecoveryTest, DamagedEntriesOnlyCostTime) {
  WriteAll(*Open(), counted_.Append(traffic_, 300));
  CopyTo("whole");
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove_all(path());
    std::filesystem::copy(folder_.path() + "/whole", path());
    for (const auto& file : std::filesystem::directory_iterator(path())) {
      if (file.path().extension() != ".sst" || file.file_size() < 2000) continue;
      std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
      const auto size = static_cast<std::streamoff>(file.file_size());
      for (int n = 0; n < 3; ++n) {
        bytes.seekp(size * (round * 3 + n) / 64);
        bytes.put(static_cast<char>(0xa5 + n));
      }
    }
    CountedLog log;
    RandomLog traffic(11, TrafficOptions());
    log.Append(traffic, 300);
    log.ExpectRecovers(*Open(), traffic);
  }
  EXPECT_THAT(logger_.text, HasSubstr("damaged"));
}

TEST_F(DedupRecoveryTest, AnOlderCopyOfTheCacheOnlyCostsTime) {
  WriteAll(*Open(), counted_.Append(traffic_, 300));
  CopyTo("old");
  WriteAll(*Open(), counted_.Append(traffic_, 30));
  PutBack("old");
  const DedupRecovery recovery = counted_.ExpectRecovers(*Open(), traffic_);
  EXPECT_GT(recovery.records_from_cache, 10u);
  EXPECT_GE(recovery.records_from_log, 30u);
}

TEST_F(DedupRecoveryTest, ACacheOfAnotherLogOnlyCostsTime) {
  RandomLog other_traffic(12, TrafficOptions());
  CountedLog other;
  WriteAll(*Open("log-2"), other.Append(other_traffic, 300));
  counted_.Append(traffic_, 300);
  const DedupRecovery recovery = counted_.ExpectRecovers(*Open("log-1"), traffic_);
  EXPECT_EQ(recovery.records_from_cache, 0u);
}

// Log and store were put back to an earlier time together, the cache was not.
TEST_F(DedupRecoveryTest, WhatTheCacheHasBeyondProgressIsForgottenForGood) {
  WriteOneWay();
  counted_.Append(traffic_, 200);
  {
    const auto cache = Open();
    PartitionCounter counter(Partition(0), CountedLog::options());
    ASSERT_TRUE(RecoverDedup(counted_.log(), *cache, Partition(0), CountedLog::options(),
                             counted_.progress(), counter)
                    .ok());
    const auto last = cache->LastEntry(Partition(0));
    ASSERT_TRUE(last.ok() && last->has_value());
    EXPECT_EQ((*last)->end, counted_.end());
  }
  // The log goes another way, and the new entries are lost with the process.
  RandomLog second_way(22, TrafficOptions(kStartMs + 301 * kMillisPerHour));
  counted_.Append(second_way, 150);
  const DedupRecovery recovery = counted_.ExpectRecovers(*Open(), second_way);
  EXPECT_EQ(recovery.records_from_cache, 0u);
}

// The same, but the cache was put back later, to a time before the log went another way.
TEST_F(DedupRecoveryTest, ACacheOfAnotherHistoryOfTheLogIsEmptied) {
  WriteOneWay();
  counted_.Append(traffic_, 200);
  RandomLog second_way(22, TrafficOptions(kStartMs + 301 * kMillisPerHour));
  counted_.Append(second_way, 150);
  const auto cache = Open();
  const DedupRecovery recovery = counted_.ExpectRecovers(*cache, second_way);
  EXPECT_EQ(recovery.records_from_cache, 0u);
  EXPECT_TRUE(ScanAll(*cache, 0).empty());
}

TEST_F(DedupRecoveryTest, ARecordMissingFromTheLogIsAnError) {
  counted_.Append(traffic_, 300);
  const Progress beyond{counted_.end() + 1, counted_.progress().complete_to};
  PartitionCounter counter(Partition(0), CountedLog::options());
  const auto recovery =
      RecoverDedup(counted_.log(), *Open(), Partition(0), CountedLog::options(), beyond, counter);
  ASSERT_FALSE(recovery.ok());
  EXPECT_EQ(recovery.error().code, ErrorCode::kCorrupt);
}

// Drops records behind the back of the one who asks what was dropped.
class DroppingLog final : public PassingEventLog {
 public:
  using PassingEventLog::PassingEventLog;
  Result<std::optional<AppendTime>> DroppedUpTo(Partition partition) override {
    auto dropped = log_.DroppedUpTo(partition);
    EXPECT_TRUE(log_.DropBefore(partition, *log_.EndOffset(partition)).ok());
    return dropped;
  }
};

TEST_F(DedupRecoveryTest, RetentionThatPassesMeanwhileIsNoticed) {
  counted_.Append(traffic_, 300);
  DroppingLog dropping(counted_.log());
  PartitionCounter counter(Partition(0), CountedLog::options());
  const auto recovery = RecoverDedup(dropping, *Open(), Partition(0), CountedLog::options(),
                                     counted_.progress(), counter);
  ASSERT_FALSE(recovery.ok());
  EXPECT_EQ(recovery.error().code, ErrorCode::kUnavailable);
}

// A log without new records for a long time, as Kafka's retention leaves it.
class IdleLog final : public PassingEventLog {
 public:
  using PassingEventLog::PassingEventLog;
  AppendTime SafeTime(Partition partition) override {
    return AppendTime(log_.SafeTime(partition).value + idle_ms);
  }
  int64_t idle_ms = 0;
};

TEST_F(DedupRecoveryTest, AWindowThatNoFutureRecordNeedsMayBeGone) {
  counted_.Append(traffic_, 300);
  ASSERT_TRUE(counted_.log().DropBefore(Partition(0), counted_.end()).ok());
  IdleLog idle(counted_.log());
  const auto recover = [&] {
    PartitionCounter counter(Partition(0), CountedLog::options());
    return RecoverDedup(idle, *Open(), Partition(0), CountedLog::options(), counted_.progress(),
                        counter);
  };
  const int64_t window_ms = (CountedLog::options().dedup_window_hours + 1) * kMillisPerHour;
  ASSERT_FALSE(recover().ok());
  EXPECT_EQ(recover().error().code, ErrorCode::kCorrupt);
  idle.idle_ms = window_ms - kMillisPerHour;
  EXPECT_FALSE(recover().ok());
  idle.idle_ms = window_ms + kMillisPerHour;
  const auto recovery = recover();
  EXPECT_TRUE(recovery.ok()) << recovery.error().message;
}

TEST_F(DedupRecoveryTest, ACacheThatFailsIsAnError) {
  CrashPoints crash;
  MemoryIdCache cache(&crash);
  WriteAll(cache, counted_.Append(traffic_, 300));
  crash.Arm(1);
  ASSERT_FALSE(cache.DropBefore(Partition(0), Offset(0)).ok());
  PartitionCounter counter(Partition(0), CountedLog::options());
  EXPECT_FALSE(RecoverDedup(counted_.log(), cache, Partition(0), CountedLog::options(),
                            counted_.progress(), counter)
                   .ok());
}

}  // namespace
}  // namespace adtally
