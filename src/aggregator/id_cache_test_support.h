#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "aggregator/id_cache.h"
#include "aggregator/rocksdb_id_cache.h"
#include "base/logger.h"
#include "counting/checkpoint.h"

namespace adtally {

// A checkpoint of [begin, end) with random ids in two hours, the same for the same place.
inline Checkpoint MakeCheckpoint(uint32_t partition, uint64_t begin, uint64_t end,
                                 size_t ids_per_hour) {
  std::mt19937_64 random(begin * 31 + partition);
  Checkpoint checkpoint;
  checkpoint.partition = Partition(partition);
  checkpoint.begin = Offset(begin);
  checkpoint.end = Offset(end);
  checkpoint.last_append_time = AppendTime(static_cast<int64_t>(1000 * end));
  for (uint32_t hour = 100; hour < 102; ++hour) {
    NewIds group{hour, {}};
    for (size_t i = 0; i < ids_per_hour; ++i) group.ids.push_back({random(), random()});
    checkpoint.new_ids.push_back(std::move(group));
  }
  return checkpoint;
}

// What a cache keeps of these ids.
inline std::vector<NewIds> Kept(std::vector<NewIds> new_ids) {
  std::erase_if(new_ids, [](const NewIds& hour) { return hour.ids.empty(); });
  for (NewIds& hour : new_ids) {
    for (Hash128& id : hour.ids) id.low &= 0xffff;
  }
  return new_ids;
}

struct FoundEntry {
  Offset begin;
  Offset end;
  std::vector<NewIds> new_ids;
};

// The entries of the partition that can be read.
inline std::vector<FoundEntry> ScanAll(IdCache& cache, uint32_t partition, uint64_t from = 0) {
  std::vector<FoundEntry> found;
  const auto scanned = cache.Scan(Partition(partition), Offset(from), [&](IdCache::Entry& entry) {
    FoundEntry next{entry.begin(), entry.end(), {}};
    const bool whole = entry.Read([&](uint32_t hour, std::span<const Hash128> ids) {
      if (next.new_ids.empty() || next.new_ids.back().append_hour != hour) {
        next.new_ids.push_back({hour, {}});
      }
      std::vector<Hash128>& all = next.new_ids.back().ids;
      all.insert(all.end(), ids.begin(), ids.end());
    });
    EXPECT_TRUE(whole || next.new_ids.empty());
    if (whole) found.push_back(std::move(next));
    return true;
  });
  EXPECT_TRUE(scanned.ok()) << scanned.error().message;
  return found;
}

inline std::vector<uint64_t> Begins(IdCache& cache, uint32_t partition, uint64_t from = 0) {
  std::vector<uint64_t> begins;
  for (const auto& entry : ScanAll(cache, partition, from)) begins.push_back(entry.begin.value);
  return begins;
}

inline std::unique_ptr<IdCache> OpenCache(const std::string& path, const std::string& log_id,
                                          Logger& logger = NullLogger(),
                                          const RocksDbIdCacheOptions& options = {}) {
  auto opened = RocksDbIdCache::Open(path, log_id, logger, options);
  EXPECT_TRUE(opened.ok()) << opened.error().message;
  return std::move(opened).value();
}

class WarningLogger final : public Logger {
 public:
  void Log(LogLevel, std::string_view message) override { text += std::string(message) + "\n"; }
  std::string text;
};

}  // namespace adtally
