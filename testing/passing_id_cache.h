#pragma once

#include <functional>
#include <optional>

#include "aggregator/id_cache.h"

namespace adtally {

// Passes every call on to another id cache: the base of caches that misbehave in one call.
class PassingIdCache : public IdCache {
 public:
  explicit PassingIdCache(IdCache& cache) : cache_(cache) {}
  Result<void> Write(const Checkpoint& checkpoint) override { return cache_.Write(checkpoint); }
  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(Entry&)>& visit) override {
    return cache_.Scan(partition, from, visit);
  }
  Result<uint64_t> ApproximateIds(Partition partition, Offset from) override {
    return cache_.ApproximateIds(partition, from);
  }
  Result<std::optional<Last>> LastEntry(Partition partition) override {
    return cache_.LastEntry(partition);
  }
  Result<void> DropBefore(Partition partition, Offset offset) override {
    return cache_.DropBefore(partition, offset);
  }
  Result<void> DropAfter(Partition partition, Offset offset) override {
    return cache_.DropAfter(partition, offset);
  }

 protected:
  IdCache& cache_;
};

}  // namespace adtally
