#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "aggregator/checkpoint_store.h"
#include "testing/passing_event_log.h"
#include "testing/passing_id_cache.h"

// Bugs of cutting and of recovering deduplication, planted between them and the log and the cache.
namespace adtally::planted {

class OwnBoundaryFollowed final : public PassingEventLog {
 public:
  using PassingEventLog::PassingEventLog;
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override {
    own_[{partition, boundary.begin}] = boundary;
    return log_.AppendBoundary(partition, boundary);
  }
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) override {
    const auto own = own_.find({partition, begin});
    if (own != own_.end()) return own->second;
    return log_.ReadBoundary(partition, begin);
  }

 private:
  std::map<std::pair<Partition, Offset>, Boundary> own_;
};

// Deduplication is recovered from what retention left of its window.
class CutWindowNotNoticed final : public PassingEventLog {
 public:
  using PassingEventLog::PassingEventLog;
  Result<std::optional<AppendTime>> DroppedUpTo(Partition) override {
    return std::optional<AppendTime>();
  }
};

// An entry of the cache with other offsets or ids than were written.
class ForgedEntry final : public IdCache::Entry {
 public:
  ForgedEntry(Offset begin, Offset end) : Entry(begin, end) {}
  void Add(uint32_t append_hour, std::span<const Hash128> some) {
    ids.push_back({append_hour, {some.begin(), some.end()}});
  }
  void AddAllOf(Entry& other) {
    readable &= other.Read(
        [&](uint32_t append_hour, std::span<const Hash128> some) { Add(append_hour, some); });
  }
  bool Read(const Take& take) override {
    if (!readable) return false;
    for (const NewIds& some : ids) take(some.append_hour, some.ids);
    return true;
  }

  bool readable = true;
  std::vector<NewIds> ids;
};

// Records that the cache has no entry of are not read from the log.
class GapSkipped final : public PassingIdCache {
 public:
  using PassingIdCache::PassingIdCache;
  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(Entry&)>& visit) override {
    Offset next = from;
    return cache_.Scan(partition, from, [&](Entry& entry) {
      if (entry.begin() < next) return true;
      ForgedEntry forged(next, entry.end());
      forged.AddAllOf(entry);
      next = entry.end();
      return visit(forged);
    });
  }
};

// Half of an entry is taken for the whole.
class TornEntryBelieved final : public PassingIdCache {
 public:
  using PassingIdCache::PassingIdCache;
  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(Entry&)>& visit) override {
    return cache_.Scan(partition, from, [&](Entry& entry) {
      ForgedEntry forged(entry.begin(), entry.end());
      forged.AddAllOf(entry);
      for (NewIds& some : forged.ids) some.ids.resize(some.ids.size() / 2);
      return visit(forged);
    });
  }
};

// What the cache knows of records beyond progress stays known when they are counted: as with ids in
// a store of their own (the textbook's Redis), where the events that are replayed after a crash are
// all duplicates.
class IdsBeyondProgressBelieved final : public PassingIdCache {
 public:
  IdsBeyondProgressBelieved(IdCache& cache, CheckpointStore& store)
      : PassingIdCache(cache), store_(store) {}
  Result<void> DropAfter(Partition partition, Offset offset) override {
    return offset == Offset(0) ? cache_.DropAfter(partition, offset) : Result<void>();
  }
  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(Entry&)>& visit) override {
    ADTALLY_ASSIGN(const auto progress, store_.ReadProgress(partition));
    std::vector<std::unique_ptr<ForgedEntry>> entries;
    ADTALLY_TRY(cache_.Scan(partition, from, [&](Entry& entry) {
      if (entries.empty() || !progress || entry.end() <= progress->end) {
        entries.push_back(std::make_unique<ForgedEntry>(entry.begin(), entry.end()));
      }
      entries.back()->AddAllOf(entry);
      return true;
    }));
    for (const auto& entry : entries) {
      if (!visit(*entry)) break;
    }
    return {};
  }

 private:
  CheckpointStore& store_;
};

// A cache that was left behind by another history of the log is not noticed.
class OtherHistoryBelieved final : public PassingIdCache {
 public:
  using PassingIdCache::PassingIdCache;
  Result<void> DropAfter(Partition, Offset) override { return {}; }
};

// Undoing what another's boundary cut off forgets that duplicates were last seen in an earlier
// hour: counted again, they look like known ones of this hour, and the checkpoint does not tell the
// cache of them.
class RollbackForgets {
 public:
  class Log final : public PassingEventLog {
   public:
    Log(EventLog& log, std::shared_ptr<RollbackForgets> state)
        : PassingEventLog(log), state_(std::move(state)) {}
    Result<void> AppendBoundary(Partition partition, Boundary boundary) override {
      proposed_[partition] = boundary;
      return log_.AppendBoundary(partition, boundary);
    }
    Result<Boundary> ReadBoundary(Partition partition, Offset begin) override {
      auto winner = log_.ReadBoundary(partition, begin);
      const Boundary& proposed = proposed_[partition];
      if (winner.ok() && proposed.begin == begin && winner->end < proposed.end) {
        state_->rolled_back_[{partition, begin}] = true;
      }
      return winner;
    }

   private:
    std::shared_ptr<RollbackForgets> state_;
    std::map<Partition, Boundary> proposed_;
  };

  class Cache final : public PassingIdCache {
   public:
    Cache(IdCache& cache, std::shared_ptr<RollbackForgets> state)
        : PassingIdCache(cache), state_(std::move(state)) {}
    Result<void> Write(const Checkpoint& checkpoint) override {
      const bool forgets = state_->rolled_back_[{checkpoint.partition, checkpoint.begin}];
      Checkpoint written = checkpoint;
      for (NewIds& hour : written.new_ids) {
        std::erase_if(hour.ids, [&](const Hash128& id) {
          const bool first = seen_.insert_or_assign(id, hour.append_hour).second;
          return forgets && !first;
        });
      }
      return cache_.Write(written);
    }

   private:
    std::shared_ptr<RollbackForgets> state_;
    std::map<Hash128, uint32_t> seen_;
  };

 private:
  std::map<std::pair<Partition, Offset>, bool> rolled_back_;
};

}  // namespace adtally::planted
