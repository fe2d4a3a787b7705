// What is left of an id cache after a full disk and after a kill -9.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "aggregator/counted_log_test_support.h"
#include "aggregator/delivery.h"
#include "aggregator/id_cache_test_support.h"
#include "log/faulty_file_system.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using Fault = FaultyFileSystem::Fault;

constexpr char kFolderVariable[] = "ADTALLY_ID_CACHE_KILL_TEST_FOLDER";

RocksDbIdCacheOptions SmallBuffers() {
  RocksDbIdCacheOptions options;
  options.write_buffer_bytes = 64 << 10;  // flushes all the time
  return options;
}

class IdCacheFaultTest : public ::testing::TestWithParam<Fault> {
 protected:
  IdCacheFaultTest()
      : file_system_(std::make_shared<FaultyFileSystem>()),
        env_(rocksdb::NewCompositeEnv(file_system_)) {
    options_ = SmallBuffers();
    options_.env = env_.get();
    cache_ = OpenCache(folder_.path(), "log-1", NullLogger(), options_);
  }

  // How many checkpoints the cache did not take.
  int Deliver(const std::vector<Checkpoint>& checkpoints) {
    int not_cached = 0;
    for (const Checkpoint& checkpoint : checkpoints) {
      Delivery delivery(checkpoint, "events", store_, *cache_);
      for (bool done = false; !done;) {
        const auto step = delivery.Step();
        EXPECT_TRUE(step.ok()) << step.error().message;
        if (!step.ok()) return not_cached;
        done = *step;
      }
      not_cached += !delivery.cache_result().ok();
    }
    const auto progress = store_.ReadProgress(Partition(0));
    EXPECT_EQ((*progress)->end, checkpoints.back().end);
    return not_cached;
  }

  TemporaryFolder folder_;
  std::shared_ptr<FaultyFileSystem> file_system_;
  std::unique_ptr<rocksdb::Env> env_;
  RocksDbIdCacheOptions options_;
  std::unique_ptr<IdCache> cache_;
  MemoryCheckpointStore store_;
};

TEST_P(IdCacheFaultTest, DeliveriesGoOnAndTheNextStartReadsTheLog) {
  RandomLog::Options traffic_options;
  traffic_options.long_pause = 0;
  traffic_options.max_events_per_record = 200;
  RandomLog traffic(5, traffic_options);
  CountedLog counted;
  EXPECT_EQ(Deliver(counted.Append(traffic, 300)), 0);
  file_system_->Set(GetParam());
  EXPECT_GT(Deliver(counted.Append(traffic, 600)), 0);
  file_system_->Set(Fault::kNone);
  EXPECT_EQ(Deliver(counted.Append(traffic, 300)), 0);  // goes on by itself
  // What was written after the fault is kept as well.
  cache_.reset();
  cache_ = OpenCache(folder_.path(), "log-1", NullLogger(), options_);
  const DedupRecovery recovery = counted.ExpectRecovers(*cache_, traffic);
  EXPECT_GT(recovery.records_from_cache, 400u);
  EXPECT_GT(recovery.records_from_log, 0u);
}

TEST_P(IdCacheFaultTest, ClosingOnAFullDiskOnlyCostsTime) {
  RandomLog traffic(5, {});
  CountedLog counted;
  Deliver(counted.Append(traffic, 300));
  file_system_->Set(GetParam());
  Deliver(counted.Append(traffic, 100));
  cache_.reset();
  file_system_->Set(Fault::kNone);
  cache_ = OpenCache(folder_.path(), "log-1", NullLogger(), options_);
  counted.ExpectRecovers(*cache_, traffic);
}

TEST_P(IdCacheFaultTest, PartitionsWriteWhileTheFilesAreOpenedAgain) {
  std::atomic<int> failed{0};
  std::atomic<bool> stop{false};
  std::array<std::thread, 2> writers;
  for (uint32_t p = 0; p < writers.size(); ++p) {
    writers[p] = std::thread([&, p] {
      for (uint64_t begin = 0; !stop; ++begin) {
        failed += !cache_->Write(MakeCheckpoint(p, begin, begin + 1, 500)).ok();
        EXPECT_TRUE(cache_->ApproximateIds(Partition(p), Offset(0)).ok() || failed > 0);
      }
    });
  }
  for (int round = 0; round < 3; ++round) {
    file_system_->Set(GetParam());
    for (const int before = failed; failed < before + 5;) std::this_thread::yield();
    file_system_->Set(Fault::kNone);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  for (uint32_t p = 0; p < writers.size(); ++p) {
    EXPECT_TRUE(cache_->Write(MakeCheckpoint(p, 1'000'000, 1'000'001, 5)).ok());
    EXPECT_EQ(ScanAll(*cache_, p).back().begin, Offset(1'000'000));
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, IdCacheFaultTest,
                         ::testing::Values(Fault::kDiskFull, Fault::kSyncFails, Fault::kOpenFails));

uint64_t EndOf(IdCache& cache, uint32_t partition) {
  const auto last = cache.LastEntry(Partition(partition));
  EXPECT_TRUE(last.ok());
  return last.ok() && last->has_value() ? (*last)->end.value : 0;
}

// The child: writes checkpoints until it is killed.
TEST(RocksDbIdCacheKill, DISABLED_Child) {
  const char* folder = std::getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr);
  const auto cache = OpenCache(folder, "log-1", NullLogger(), SmallBuffers());
  uint64_t begin[2] = {EndOf(*cache, 0), EndOf(*cache, 1)};
  for (;;) {
    for (uint32_t p = 0; p < 2; ++p) {
      ASSERT_TRUE(cache->Write(MakeCheckpoint(p, begin[p], begin[p] + 10, 200)).ok());
      begin[p] += 10;
    }
  }
}

size_t TableFiles(const std::string& folder) {
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    files += file.path().extension() == ".sst";
  }
  return files;
}

// Kills the child a moment after it has made some files.
void RunAndKill(const std::string& folder, std::chrono::milliseconds moment) {
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=RocksDbIdCacheKill.DISABLED_Child";
  std::string disabled = "--gtest_also_run_disabled_tests";
  std::string brief = "--gtest_brief=1";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), brief.data(), nullptr};
  setenv(kFolderVariable, folder.c_str(), 1);
  pid_t child = 0;
  ASSERT_EQ(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ), 0);
  const size_t enough = TableFiles(folder) + 8;
  for (int i = 0; i < 2000 && TableFiles(folder) < enough; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::this_thread::sleep_for(moment);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
}

TEST(RocksDbIdCacheKill, WhatIsThereIsWhatWasWritten) {
  TemporaryFolder folder;
  uint64_t end = 0;
  for (int round = 0; round < 6; ++round) {
    RunAndKill(folder.path(), std::chrono::milliseconds(5 * round));
    WarningLogger logger;
    const auto cache = OpenCache(folder.path(), "log-1", logger, SmallBuffers());
    for (uint32_t p = 0; p < 2; ++p) {
      for (const auto& entry : ScanAll(*cache, p)) {
        EXPECT_EQ(entry.end, entry.begin + 10);
        EXPECT_EQ(entry.new_ids,
                  Kept(MakeCheckpoint(p, entry.begin.value, entry.end.value, 200).new_ids));
      }
    }
    EXPECT_EQ(logger.text, "") << "entries of several blocks were cut by the kill";
    EXPECT_GE(EndOf(*cache, 0), end);
    end = EndOf(*cache, 0);
  }
  EXPECT_GT(end, 200u);
}

}  // namespace
}  // namespace adtally
