#include "testing/memory_id_cache.h"

#include <iterator>
#include <utility>

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

void MemoryIdCache::CopyFrom(const MemoryIdCache& other) {
  if (&other == this) return;
  std::scoped_lock lock(mutex_, other.mutex_);
  entries_ = other.entries_;
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
  Stored stored{checkpoint.end, checkpoint.last_append_time, checkpoint.new_ids};
  for (NewIds& hour : stored.new_ids) {
    for (Hash128& id : hour.ids) id.low &= 0xffff;
  }
  entries_.insert_or_assign(key, std::move(stored));
  if (Hit("cache.write.after")) return CrashPoints::Crashed();
  return {};
}

class MemoryIdCache::StoredEntry final : public IdCache::Entry {
 public:
  StoredEntry(Offset begin, const Stored& stored) : Entry(begin, stored.end), stored_(stored) {}
  bool Read(const Take& take) override {
    for (const NewIds& hour : stored_.new_ids) {
      if (!hour.ids.empty()) take(hour.append_hour, hour.ids);
    }
    return true;
  }

 private:
  const Stored& stored_;
};

Result<void> MemoryIdCache::Scan(Partition partition, Offset from,
                                 const std::function<bool(Entry&)>& visit) {
  if (crash_points_ != nullptr && crash_points_->crashed()) return CrashPoints::Crashed();
  std::vector<std::pair<Offset, Stored>> found;
  {
    std::lock_guard lock(mutex_);
    for (auto it = entries_.lower_bound({partition, from});
         it != entries_.end() && it->first.first == partition; ++it) {
      found.emplace_back(it->first.second, it->second);
    }
  }
  for (const auto& [begin, stored] : found) {
    StoredEntry entry(begin, stored);
    if (!visit(entry)) break;
  }
  return {};
}

Result<uint64_t> MemoryIdCache::ApproximateIds(Partition partition, Offset from) {
  std::lock_guard lock(mutex_);
  uint64_t ids = 0;
  for (const auto& [key, stored] : entries_) {
    if (key.first != partition || key.second < from) continue;
    for (const NewIds& hour : stored.new_ids) ids += hour.ids.size();
  }
  return ids;
}

Result<std::optional<IdCache::Last>> MemoryIdCache::LastEntry(Partition partition) {
  if (crash_points_ != nullptr && crash_points_->crashed()) return CrashPoints::Crashed();
  std::lock_guard lock(mutex_);
  const auto after = entries_.lower_bound({partition + 1, Offset(0)});
  if (after == entries_.begin()) return std::optional<Last>();
  const auto& [key, stored] = *std::prev(after);
  if (key.first != partition) return std::optional<Last>();
  return std::optional(Last{stored.end, stored.last_append_time});
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

Result<void> MemoryIdCache::DropAfter(Partition partition, Offset offset) {
  std::lock_guard lock(mutex_);
  if (Hit("cache.drop.before")) return CrashPoints::Crashed();
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.first.first == partition && entry.second.end > offset;
  });
  if (Hit("cache.drop.after")) return CrashPoints::Crashed();
  return {};
}

}  // namespace adtally
