#include "testing/memory_id_cache.h"

#include <iterator>
#include <vector>

namespace adtally {

size_t MemoryIdCache::entries() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

void MemoryIdCache::LoseEntry(size_t n) {
  std::lock_guard lock(mutex_);
  if (n < entries_.size()) {
    entries_.erase(std::next(entries_.begin(), static_cast<std::ptrdiff_t>(n)));
  }
}

void MemoryIdCache::LoseAll() {
  std::lock_guard lock(mutex_);
  entries_.clear();
}

Result<void> MemoryIdCache::Write(const Checkpoint& checkpoint) {
  std::lock_guard lock(mutex_);
  if (Hit("cache.write.before")) return CrashPoints::Crashed();
  const auto key = std::pair(checkpoint.partition, checkpoint.begin);
  if (Hit("cache.write.torn")) {
    // Only the first error of a crash is this write's: a dead process must not damage anything
    // more.
    if (crash_points_->last() == "cache.write.torn") entries_.erase(key);
    return CrashPoints::Crashed();
  }
  entries_.insert_or_assign(key, Entry{checkpoint.begin, checkpoint.end, checkpoint.new_ids});
  if (Hit("cache.write.after")) return CrashPoints::Crashed();
  return {};
}

Result<void> MemoryIdCache::Scan(Partition partition, Offset from,
                                 const std::function<bool(const Entry&)>& visit) {
  if (crash_points_ != nullptr && crash_points_->crashed()) return CrashPoints::Crashed();
  std::vector<Entry> found;
  {
    std::lock_guard lock(mutex_);
    for (auto it = entries_.lower_bound({partition, from});
         it != entries_.end() && it->first.first == partition; ++it) {
      found.push_back(it->second);
    }
  }
  for (const Entry& entry : found) {
    if (!visit(entry)) break;
  }
  return {};
}

Result<void> MemoryIdCache::DropBefore(Partition partition, Offset offset) {
  std::lock_guard lock(mutex_);
  if (Hit("cache.drop.before")) return CrashPoints::Crashed();
  for (auto it = entries_.lower_bound({partition, Offset(0)});
       it != entries_.end() && it->first.first == partition && it->first.second < offset;) {
    it = it->second.end <= offset ? entries_.erase(it) : std::next(it);
  }
  if (Hit("cache.drop.after")) return CrashPoints::Crashed();
  return {};
}

}  // namespace adtally
