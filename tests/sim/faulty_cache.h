#pragma once

#include "sim/calls.h"
#include "testing/passing_id_cache.h"

namespace adtally {

// The id cache as its process sees it: calls fail, entries turn out to be damaged.
class FaultyCache final : public PassingIdCache {
 public:
  // Both outlive the object.
  FaultyCache(IdCache& cache, Calls& calls) : PassingIdCache(cache), calls_(calls) {}

  Result<void> Write(const Checkpoint& checkpoint) override;
  // A scan that fails may have visited some of the entries before.
  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(Entry&)>& visit) override;
  Result<uint64_t> ApproximateIds(Partition partition, Offset from) override;
  Result<std::optional<Last>> LastEntry(Partition partition) override;
  Result<void> DropBefore(Partition partition, Offset offset) override;
  Result<void> DropAfter(Partition partition, Offset offset) override;

 private:
  Calls& calls_;
};

}  // namespace adtally
