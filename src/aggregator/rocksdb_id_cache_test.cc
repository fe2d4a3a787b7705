#include "aggregator/rocksdb_id_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <vector>

#include "aggregator/id_cache_entry.h"
#include "aggregator/id_cache_test_support.h"
#include "testing/memory_id_cache.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::filesystem::path> TableFiles(const std::string& path) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    if (file.path().extension() == ".sst") files.push_back(file.path());
  }
  return files;
}

TEST(RocksDbIdCache, ReturnsWhatWasWrittenAlsoAfterAReopen) {
  TemporaryFolder folder;
  auto cache = OpenCache(folder.path(), "log-1");
  const Checkpoint first = MakeCheckpoint(0, 0, 10, 1000);
  const Checkpoint second = MakeCheckpoint(0, 10, 300, 0);
  ASSERT_TRUE(cache->Write(second).ok());
  ASSERT_TRUE(cache->Write(first).ok());
  ASSERT_TRUE(cache->Write(MakeCheckpoint(1, 5, 8, 3)).ok());
  EXPECT_FALSE(cache->LastEntry(Partition(7))->has_value());
  for (int reopened = 0; reopened < 2; ++reopened) {
    const auto entries = ScanAll(*cache, 0);
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].end, first.end);
    EXPECT_EQ(entries[0].new_ids, Kept(first.new_ids));
    EXPECT_EQ(entries[1].begin, second.begin);
    EXPECT_THAT(entries[1].new_ids, ElementsAre());
    EXPECT_THAT(Begins(*cache, 0, 1), ElementsAre(10));
    EXPECT_THAT(Begins(*cache, 1), ElementsAre(5));
    EXPECT_THAT(Begins(*cache, 7), ElementsAre());
    const auto last = cache->LastEntry(Partition(0));
    ASSERT_TRUE(last.ok() && last->has_value());
    EXPECT_EQ((*last)->end, second.end);
    EXPECT_EQ((*last)->append_time, second.last_append_time);
    cache.reset();
    cache = OpenCache(folder.path(), "log-1");
  }
}

TEST(RocksDbIdCache, StopsWhenTheVisitorHasEnough) {
  TemporaryFolder folder;
  auto cache = OpenCache(folder.path(), "log-1");
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(cache->Write(MakeCheckpoint(0, i, i + 1, 1)).ok());
  int visited = 0;
  ASSERT_TRUE(cache->Scan(Partition(0), Offset(0), [&](auto&) { return ++visited < 2; }).ok());
  EXPECT_EQ(visited, 2);
}

TEST(RocksDbIdCache, ForgetsTheEntriesOfAnotherLog) {
  TemporaryFolder folder;
  ASSERT_TRUE(OpenCache(folder.path(), "log-1")->Write(MakeCheckpoint(0, 0, 10, 5)).ok());
  WarningLogger logger;
  auto cache = OpenCache(folder.path(), "log-2", logger);
  EXPECT_THAT(logger.text, HasSubstr("belongs to another event log"));
  EXPECT_THAT(Begins(*cache, 0), ElementsAre());
  ASSERT_TRUE(cache->Write(MakeCheckpoint(0, 3, 10, 5)).ok());
  cache.reset();
  EXPECT_THAT(Begins(*OpenCache(folder.path(), "log-2"), 0), ElementsAre(3));
}

// Version 1: "log" was the log's id alone, and a key of a partition its entry's begin alone.
TEST(RocksDbIdCache, EmptiesAFolderOfAnEarlierFormat) {
  TemporaryFolder folder;
  {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, folder.path(), &db).ok());
    const std::unique_ptr<rocksdb::DB> owner(db);
    rocksdb::ColumnFamilyHandle* family = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily({}, "ids.0", &family).ok());
    ASSERT_TRUE(db->Put({}, "log", "log-1").ok());
    ASSERT_TRUE(db->Put({}, family, std::string(8, '\0'), std::string(100, 'e')).ok());
    ASSERT_TRUE(db->DestroyColumnFamilyHandle(family).ok());
  }
  WarningLogger logger;
  auto cache = OpenCache(folder.path(), "log-1", logger);
  EXPECT_THAT(logger.text, HasSubstr("another event log or version"));
  EXPECT_THAT(Begins(*cache, 0), ElementsAre());
  EXPECT_TRUE(cache->Write(MakeCheckpoint(0, 0, 10, 5)).ok());
}

TEST(RocksDbIdCache, ALockedFolderIsAConflict) {
  TemporaryFolder folder;
  auto cache = OpenCache(folder.path(), "log-1");
  const auto second = RocksDbIdCache::Open(folder.path(), "log-1", NullLogger());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST(RocksDbIdCache, EmptiesADamagedFolder) {
  TemporaryFolder folder;
  ASSERT_TRUE(OpenCache(folder.path(), "log-1")->Write(MakeCheckpoint(0, 0, 10, 5)).ok());
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    const std::string name = file.path().filename();
    if (name.starts_with("MANIFEST")) std::filesystem::resize_file(file.path(), 20);
  }
  WarningLogger logger;
  auto cache = OpenCache(folder.path(), "log-1", logger);
  EXPECT_THAT(logger.text, HasSubstr("is damaged"));
  EXPECT_THAT(Begins(*cache, 0), ElementsAre());
  EXPECT_TRUE(cache->Write(MakeCheckpoint(0, 0, 10, 5)).ok());
}

TEST(RocksDbIdCache, NeverReturnsDamagedIds) {
  TemporaryFolder folder;
  std::vector<Checkpoint> written;
  for (uint64_t i = 0; i < 6; ++i) written.push_back(MakeCheckpoint(0, i * 10, i * 10 + 10, 300));
  {
    auto cache = OpenCache(folder.path(), "log-1");
    for (const auto& checkpoint : written) ASSERT_TRUE(cache->Write(checkpoint).ok());
  }
  const auto files = TableFiles(folder.path());
  ASSERT_FALSE(files.empty());
  TemporaryFolder damaged;
  std::mt19937 random(3);
  bool skipped = false;
  for (int round = 0; round < 30; ++round) {
    std::filesystem::remove_all(damaged.path());
    std::filesystem::copy(folder.path(), damaged.path());
    for (const auto& file : TableFiles(damaged.path())) {
      std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekp(static_cast<std::streamoff>(random() % std::filesystem::file_size(file)));
      bytes.put(static_cast<char>(random()));
    }
    WarningLogger logger;
    auto cache = OpenCache(damaged.path(), "log-1", logger);
    const auto entries = ScanAll(*cache, 0);
    for (const auto& entry : entries) {
      const Checkpoint& original = written[entry.begin.value / 10];
      EXPECT_EQ(entry.begin, original.begin);
      EXPECT_EQ(entry.end, original.end);
      EXPECT_EQ(entry.new_ids, Kept(original.new_ids));
    }
    if (entries.size() < written.size()) {
      EXPECT_THAT(logger.text, HasSubstr("damaged"));
      skipped = skipped || entries.size() == written.size() - 1;
    }
  }
  EXPECT_TRUE(skipped);
}

TEST(RocksDbIdCache, DropsWholeFilesAndHidesWhatIsLeft) {
  TemporaryFolder folder;
  for (uint64_t i = 0; i < 5; ++i) {  // each reopen makes a file of its own
    auto cache = OpenCache(folder.path(), "log-1");
    for (uint64_t begin = i * 30; begin < i * 30 + 30; begin += 10) {
      ASSERT_TRUE(cache->Write(MakeCheckpoint(0, begin, begin + 10, 100)).ok());
    }
  }
  auto cache = OpenCache(folder.path(), "log-1");
  const size_t before = TableFiles(folder.path()).size();
  ASSERT_TRUE(cache->DropBefore(Partition(0), Offset(105)).ok());
  for (int reopened = 0; reopened < 2; ++reopened) {
    EXPECT_THAT(Begins(*cache, 0), ElementsAre(100, 110, 120, 130, 140));
    cache.reset();
    cache = OpenCache(folder.path(), "log-1");
  }
  EXPECT_LE(TableFiles(folder.path()).size() + 2, before);
}

TEST(RocksDbIdCache, AForgottenEndStaysForgottenAfterAKill) {
  TemporaryFolder folder;
  TemporaryFolder copy;
  {
    auto cache = OpenCache(folder.path(), "log-1");
    for (uint64_t begin = 0; begin < 50; begin += 10) {
      ASSERT_TRUE(cache->Write(MakeCheckpoint(0, begin, begin + 10, 100)).ok());
    }
  }
  auto cache = OpenCache(folder.path(), "log-1");
  ASSERT_TRUE(cache->DropAfter(Partition(0), Offset(25)).ok());
  EXPECT_THAT(Begins(*cache, 0), ElementsAre(0, 10));
  ASSERT_TRUE(cache->Write(MakeCheckpoint(0, 20, 35, 7)).ok());
  EXPECT_THAT(Begins(*cache, 0), ElementsAre(0, 10, 20));
  // What the files hold now is what a kill -9 would leave: not the entry that was just written.
  std::filesystem::copy(folder.path(), copy.path(), std::filesystem::copy_options::recursive);
  EXPECT_THAT(Begins(*OpenCache(copy.path(), "log-1"), 0), ElementsAre(0, 10));
  cache.reset();
  cache = OpenCache(folder.path(), "log-1");
  const auto entries = ScanAll(*cache, 0);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[2].end, Offset(35));
  EXPECT_EQ(entries[2].new_ids, Kept(MakeCheckpoint(0, 20, 35, 7).new_ids));
  ASSERT_TRUE(cache->DropAfter(Partition(0), Offset(0)).ok());
  EXPECT_THAT(Begins(*cache, 0), ElementsAre());
}

TEST(RocksDbIdCache, AnEntryOfManyBlocksIsReadWholeOrNotAtAll) {
  TemporaryFolder folder;
  const Checkpoint large = MakeCheckpoint(0, 10, 20, kIdCacheBlockIds * 2 + 5);
  {
    auto cache = OpenCache(folder.path(), "log-1");
    ASSERT_TRUE(cache->Write(MakeCheckpoint(0, 0, 10, 5)).ok());
    ASSERT_TRUE(cache->Write(large).ok());
    ASSERT_TRUE(cache->Write(MakeCheckpoint(0, 20, 30, 5)).ok());
    const auto entries = ScanAll(*cache, 0);
    ASSERT_EQ(entries.size(), 3u);
    EXPECT_EQ(entries[1].new_ids, Kept(large.new_ids));
  }
  const auto files = TableFiles(folder.path());
  const auto file = std::ranges::max_element(
      files, {}, [](const auto& path) { return std::filesystem::file_size(path); });
  {  // in the middle of the large entry
    std::fstream bytes(*file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<std::streamoff>(std::filesystem::file_size(*file) / 2));
    bytes.put('?');
  }
  WarningLogger logger;
  auto cache = OpenCache(folder.path(), "log-1", logger);
  EXPECT_THAT(Begins(*cache, 0), ElementsAre(0, 20));
  EXPECT_THAT(logger.text, HasSubstr("1 entries of partition 0"));
}

TEST(RocksDbIdCache, EstimatesHowManyIdsThereAre) {
  TemporaryFolder folder;
  auto cache = OpenCache(folder.path(), "log-1");
  EXPECT_EQ(*cache->ApproximateIds(Partition(0), Offset(0)), 0u);
  for (int reopened = 0; reopened < 2; ++reopened) {
    const uint64_t begin = reopened ? 50 : 0;
    for (uint64_t i = begin; i < begin + 50; ++i) {
      ASSERT_TRUE(cache->Write(MakeCheckpoint(0, i, i + 1, 5000)).ok());
    }
    cache.reset();
    cache = OpenCache(folder.path(), "log-1");
  }
  EXPECT_NEAR(static_cast<double>(*cache->ApproximateIds(Partition(0), Offset(0))), 1e6, 1e5);
  EXPECT_NEAR(static_cast<double>(*cache->ApproximateIds(Partition(0), Offset(70))), 3e5, 1e5);
}

uintmax_t FolderBytes(const std::string& path) {
  uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(path)) {
    std::error_code gone;
    const uintmax_t size = std::filesystem::file_size(file.path(), gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

TEST(RocksDbIdCache, TheDiskItTakesIsBoundedByTheWindow) {
  TemporaryFolder folder;
  RocksDbIdCacheOptions options;
  options.write_buffer_bytes = 256 << 10;
  auto cache = OpenCache(folder.path(), "log-1", NullLogger(), options);
  constexpr uint64_t kWindow = 50;  // checkpoints of 20 kB: 1 MB
  uintmax_t most = 0;
  for (uint64_t i = 0; i < 600; ++i) {
    ASSERT_TRUE(cache->Write(MakeCheckpoint(0, i, i + 1, 1000)).ok());
    if (i + 1 < kWindow) continue;
    ASSERT_TRUE(cache->DropBefore(Partition(0), Offset(i + 1 - kWindow)).ok());
    most = std::max(most, FolderBytes(folder.path()));
  }
  EXPECT_EQ(Begins(*cache, 0).size(), kWindow);
  EXPECT_LT(most, 3u << 20);
  EXPECT_GT(most, 500u << 10);
}

TEST(RocksDbIdCache, FilesAreMovedNotRewritten) {
  TemporaryFolder folder;
  RocksDbIdCacheOptions options;
  options.write_buffer_bytes = 256 << 10;
  auto cache = OpenCache(folder.path(), "log-1", NullLogger(), options);
  std::map<std::string, uintmax_t> seen;  // every table that ever was
  const auto look = [&] {
    for (const auto& file : TableFiles(folder.path())) {
      std::error_code gone;
      const uintmax_t bytes = std::filesystem::file_size(file, gone);
      if (!gone) seen[file.string()] = std::max(seen[file.string()], bytes);
    }
  };
  for (uint64_t i = 0; i < 400; ++i) {
    for (uint32_t p = 0; p < 2; ++p) {
      ASSERT_TRUE(cache->Write(MakeCheckpoint(p, i, i + 1, 1000)).ok());
    }
    look();
  }
  cache.reset();  // the last buffers become tables
  look();
  uintmax_t written = 0;
  for (const auto& [name, bytes] : seen) {
    written += bytes;
    EXPECT_TRUE(std::filesystem::exists(name)) << name << " was rewritten";
  }
  EXPECT_GE(written, 2u * 400 * 2000 * 10);
  EXPECT_LT(written, 2u * 400 * 2000 * 11);  // 10 bytes an id, and what a file adds
}

TEST(RocksDbIdCache, BehavesAsTheCacheInMemory) {
  TemporaryFolder folder;
  EXPECT_TRUE(rc::check([&] {
    // Files in memory: opening them again and again would take long.
    const std::unique_ptr<rocksdb::Env> env(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    RocksDbIdCacheOptions options;
    options.env = env.get();
    auto cache = OpenCache(folder.path(), "log-1", NullLogger(), options);
    MemoryIdCache memory;
    uint64_t end[2] = {0, 0};
    uint64_t drop[2] = {0, 0};
    const int steps = *rc::gen::inRange(1, 25);
    for (int i = 0; i < steps; ++i) {
      const auto p = *rc::gen::inRange(0u, 2u);
      switch (*rc::gen::weightedElement<int>({{2, 0}, {1, 1}, {1, 2}, {9, 3}})) {
        case 0:
          drop[p] = *rc::gen::inRange(drop[p], end[p] + 1);
          RC_ASSERT(cache->DropBefore(Partition(p), Offset(drop[p])).ok());
          RC_ASSERT(memory.DropBefore(Partition(p), Offset(drop[p])).ok());
          break;
        case 1:
          cache.reset();
          cache = OpenCache(folder.path(), "log-1", NullLogger(), options);
          break;
        case 2:
          end[p] = *rc::gen::inRange<uint64_t>(0, end[p] + 1);
          drop[p] = std::min(drop[p], end[p]);
          RC_ASSERT(cache->DropAfter(Partition(p), Offset(end[p])).ok());
          RC_ASSERT(memory.DropAfter(Partition(p), Offset(end[p])).ok());
          break;
        default: {
          const uint64_t begin = end[p];
          end[p] = begin + *rc::gen::inRange(1u, 20u);
          const auto checkpoint = MakeCheckpoint(p, begin, end[p], *rc::gen::inRange(0u, 40u));
          RC_ASSERT(cache->Write(checkpoint).ok());
          RC_ASSERT(memory.Write(checkpoint).ok());
        }
      }
      const auto from = *rc::gen::inRange<uint64_t>(0, 200);
      const auto found = ScanAll(*cache, p, from);
      const auto expected = ScanAll(memory, p, from);
      RC_ASSERT(found.size() == expected.size());
      for (size_t n = 0; n < found.size(); ++n) {
        RC_ASSERT(found[n].begin == expected[n].begin && found[n].end == expected[n].end);
        RC_ASSERT(found[n].new_ids == expected[n].new_ids);
      }
    }
  }));
}

TEST(MemoryIdCache, ATornWriteLosesTheEntry) {
  CrashPoints crash;
  MemoryIdCache cache(&crash);
  ASSERT_TRUE(cache.Write(MakeCheckpoint(0, 0, 10, 5)).ok());
  ASSERT_TRUE(cache.Write(MakeCheckpoint(0, 10, 20, 5)).ok());
  crash.Arm(2);
  EXPECT_FALSE(cache.Write(MakeCheckpoint(0, 10, 20, 5)).ok());
  EXPECT_EQ(crash.last(), "cache.write.torn");
  crash.Reset();
  EXPECT_THAT(Begins(cache, 0), ElementsAre(0));
  cache.LoseEntry(0);
  EXPECT_EQ(cache.entries(), 0u);
}

}  // namespace
}  // namespace adtally
