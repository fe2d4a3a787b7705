#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "aggregator/id_cache.h"
#include "testing/crash_points.h"

namespace adtally {

// An id cache in memory, which can be made to lose entries. Its contents survive a crash.
// Thread-safe.
//
// Crash points: cache.write.before, cache.write.torn (the entry is damaged: neither the new nor an
// older one can be read), cache.write.after, cache.drop.before, cache.drop.after.
class MemoryIdCache final : public IdCache {
 public:
  // `crash_points` must outlive the cache; without them it never fails.
  explicit MemoryIdCache(CrashPoints* crash_points = nullptr) : crash_points_(crash_points) {}

  size_t entries() const;
  // Loses the n-th entry by partition and begin, counted from 0; nothing when there are fewer.
  void LoseEntry(size_t n);
  void LoseAll();
  // Holds what `other` holds, and nothing else: a copy that is put back.
  void CopyFrom(const MemoryIdCache& other);

  Result<void> Write(const Checkpoint& checkpoint) override;
  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(Entry&)>& visit) override;
  Result<uint64_t> ApproximateIds(Partition partition, Offset from) override;
  Result<std::optional<Last>> LastEntry(Partition partition) override;
  Result<void> DropBefore(Partition partition, Offset offset) override;
  Result<void> DropAfter(Partition partition, Offset offset) override;

 private:
  struct Stored {
    Offset end;
    AppendTime last_append_time;
    std::vector<NewIds> new_ids;
  };
  class StoredEntry;

  bool Hit(std::string_view where) { return crash_points_ != nullptr && crash_points_->Hit(where); }

  CrashPoints* const crash_points_;
  mutable std::mutex mutex_;
  std::map<std::pair<Partition, Offset>, Stored> entries_;  // by partition and begin
};

}  // namespace adtally
