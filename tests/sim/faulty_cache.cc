#include "sim/faulty_cache.h"

#include <limits>

namespace adtally {
namespace {

class DamagedEntry final : public IdCache::Entry {
 public:
  using Entry::Entry;
  bool Read(const Take&) override { return false; }
};

}  // namespace

Result<void> FaultyCache::Write(const Checkpoint& checkpoint) {
  return calls_.Write({Mishap::kCacheWriteFailed},
                      [this, checkpoint] { return cache_.Write(checkpoint); });
}

Result<void> FaultyCache::Scan(Partition partition, Offset from,
                               const std::function<bool(Entry&)>& visit) {
  return calls_.Read(Mishap::kCount, [&]() -> Result<void> {
    Mishaps& mishaps = calls_.mishaps();
    const bool fails = mishaps.Strikes(Mishap::kCacheScanFailed);
    size_t visits = fails ? mishaps.Pick(4) : std::numeric_limits<size_t>::max();
    ADTALLY_TRY(cache_.Scan(partition, from, [&](Entry& entry) {
      if (visits-- == 0) return false;
      if (!mishaps.Strikes(Mishap::kCacheEntryDamaged)) return visit(entry);
      DamagedEntry damaged(entry.begin(), entry.end());
      return visit(damaged);
    }));
    if (fails) return Calls::Failed();
    return {};
  });
}

Result<uint64_t> FaultyCache::ApproximateIds(Partition partition, Offset from) {
  return calls_.Read(Mishap::kCacheReadFailed,
                     [&] { return cache_.ApproximateIds(partition, from); });
}

Result<std::optional<IdCache::Last>> FaultyCache::LastEntry(Partition partition) {
  return calls_.Read(Mishap::kCacheReadFailed, [&] { return cache_.LastEntry(partition); });
}

Result<void> FaultyCache::DropBefore(Partition partition, Offset offset) {
  return calls_.Write({Mishap::kDropFailed},
                      [this, partition, offset] { return cache_.DropBefore(partition, offset); });
}

Result<void> FaultyCache::DropAfter(Partition partition, Offset offset) {
  return calls_.Write({Mishap::kDropFailed},
                      [this, partition, offset] { return cache_.DropAfter(partition, offset); });
}

}  // namespace adtally
