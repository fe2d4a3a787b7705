#include "aggregator/rocksdb_id_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "aggregator/id_cache_entry.h"
#include "testing/memory_id_cache.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WarningLogger final : public Logger {
 public:
  void Log(LogLevel, std::string_view message) override { text += std::string(message) + "\n"; }
  std::string text;
};

Checkpoint MakeCheckpoint(uint32_t partition, uint64_t begin, uint64_t end, size_t ids_per_hour) {
  std::mt19937_64 random(begin * 31 + partition);
  Checkpoint checkpoint;
  checkpoint.partition = Partition(partition);
  checkpoint.begin = Offset(begin);
  checkpoint.end = Offset(end);
  for (uint32_t hour = 100; hour < 102; ++hour) {
    NewIds group{hour, {}};
    for (size_t i = 0; i < ids_per_hour; ++i) group.ids.push_back({random(), random()});
    checkpoint.new_ids.push_back(std::move(group));
  }
  return checkpoint;
}

std::vector<IdCache::Entry> ScanAll(IdCache& cache, uint32_t partition, uint64_t from = 0) {
  std::vector<IdCache::Entry> entries;
  const auto scanned = cache.Scan(Partition(partition), Offset(from), [&](const auto& entry) {
    entries.push_back(entry);
    return true;
  });
  EXPECT_TRUE(scanned.ok()) << scanned.error().message;
  return entries;
}

std::vector<uint64_t> Begins(IdCache& cache, uint32_t partition, uint64_t from = 0) {
  std::vector<uint64_t> begins;
  for (const auto& entry : ScanAll(cache, partition, from)) begins.push_back(entry.begin.value);
  return begins;
}

std::unique_ptr<IdCache> OpenCache(const std::string& path, const std::string& log_id,
                                   Logger& logger = NullLogger()) {
  auto opened = RocksDbIdCache::Open(path, log_id, logger);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return std::move(opened).value();
}

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
  for (int reopened = 0; reopened < 2; ++reopened) {
    const auto entries = ScanAll(*cache, 0);
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].end, first.end);
    EXPECT_EQ(entries[0].new_ids, first.new_ids);
    EXPECT_EQ(entries[1].begin, second.begin);
    EXPECT_EQ(entries[1].new_ids, second.new_ids);
    EXPECT_THAT(Begins(*cache, 0, 1), ElementsAre(10));
    EXPECT_THAT(Begins(*cache, 1), ElementsAre(5));
    EXPECT_THAT(Begins(*cache, 7), ElementsAre());
    cache.reset();
    cache = OpenCache(folder.path(), "log-1");
  }
}

TEST(RocksDbIdCache, StopsWhenTheVisitorHasEnough) {
  TemporaryFolder folder;
  auto cache = OpenCache(folder.path(), "log-1");
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(cache->Write(MakeCheckpoint(0, i, i + 1, 1)).ok());
  int visited = 0;
  ASSERT_TRUE(
      cache->Scan(Partition(0), Offset(0), [&](const auto&) { return ++visited < 2; }).ok());
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
  OpenCache(folder.path(), "log-1");  // writes the WAL's entries to a file
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
      EXPECT_EQ(entry.new_ids, original.new_ids);
    }
    if (entries.size() < written.size()) {
      EXPECT_THAT(logger.text, HasSubstr("damaged"));
      skipped = skipped || entries.size() == written.size() - 1;
    }
  }
  EXPECT_TRUE(skipped);
}

TEST(IdCacheEntry, EveryFlippedByteAndEveryCutIsDamage) {
  const Checkpoint checkpoint = MakeCheckpoint(2, 7, 9, 3);
  const std::string bytes = EncodeIdCacheEntry(checkpoint);
  IdCache::Entry entry;
  ASSERT_TRUE(DecodeIdCacheEntry(Partition(2), Offset(7), bytes, entry));
  EXPECT_EQ(entry.new_ids, checkpoint.new_ids);
  EXPECT_FALSE(DecodeIdCacheEntry(Partition(1), Offset(7), bytes, entry));
  EXPECT_FALSE(DecodeIdCacheEntry(Partition(2), Offset(8), bytes, entry));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(DecodeIdCacheEntry(Partition(2), Offset(7), flipped, entry));
    EXPECT_FALSE(DecodeIdCacheEntry(Partition(2), Offset(7), bytes.substr(0, i), entry));
  }
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

TEST(RocksDbIdCache, BehavesAsTheCacheInMemory) {
  EXPECT_TRUE(rc::check([] {
    TemporaryFolder folder;
    auto cache = OpenCache(folder.path(), "log-1");
    MemoryIdCache memory;
    uint64_t end[2] = {0, 0};
    uint64_t drop[2] = {0, 0};
    const int steps = *rc::gen::inRange(1, 25);
    for (int i = 0; i < steps; ++i) {
      const auto p = *rc::gen::inRange(0u, 2u);
      switch (*rc::gen::weightedElement<int>({{2, 0}, {1, 1}, {9, 2}})) {
        case 0:
          drop[p] = *rc::gen::inRange(drop[p], end[p] + 1);
          RC_ASSERT(cache->DropBefore(Partition(p), Offset(drop[p])).ok());
          RC_ASSERT(memory.DropBefore(Partition(p), Offset(drop[p])).ok());
          break;
        case 1:
          cache.reset();
          cache = OpenCache(folder.path(), "log-1");
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
      RC_ASSERT(Begins(*cache, p, from) == Begins(memory, p, from));
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
