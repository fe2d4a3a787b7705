// What befalls a simulation's folders from outside: lost, and put back from older copies.
#include <algorithm>

#include "sim/simulation.h"

namespace adtally {

void Simulation::SaveOrRestore() {
  if (mishaps_.Chance(0.01)) {
    saved_.emplace(Saved{store_.Copy(), log_.Copy(), {}});
    for (const RecordBatch& records : history_) saved_->records.push_back(records.size());
  }
  if (!saved_) return;
  if (mishaps_.Threatens(Mishap::kStoreRestored) && CanRestart(saved_->store)) {
    mishaps_.Note(Mishap::kStoreRestored);
    StopEverything();
    RestoreStore();
  } else if (mishaps_.Strikes(Mishap::kAllRestored)) {
    StopEverything();
    RestoreStore();
    RestoreLog();
  }
}

// As one would who puts folders back: nothing is under way any more.
void Simulation::StopEverything() {
  for (const auto& process : processes_) process->Restart();
  mishaps_.LetAllArrive();
  RememberRecords();
}

void Simulation::RestoreStore() {
  store_.Replace(saved_->store);
  if (options_.setting == Setting::kEmbedded) store_.ForgetTokens();
}

void Simulation::RestoreLog() {
  log_.Replace(*saved_->log);
  for (uint32_t i = 0; i < options_.partitions; ++i) {
    RecordBatch kept;
    for (const Record& record : history_[i]) {
      if (record.offset.value >= saved_->records[i]) break;
      kept.Add(record.offset, record.append_time, record.payload);
    }
    history_[i] = std::move(kept);
  }
  // What was not delivered may be cut at other places now.
  std::erase_if(built_, [&](const auto& built) {
    const auto progress = saved_->store.progress.find(built.first.first);
    return progress == saved_->store.progress.end() || built.second.end > progress->second.end;
  });
  sender_.LogWasRestored(EventIdsInHistory());
}

// Whether the log still holds what counting on from there needs; otherwise the start is refused,
// rightly.
bool Simulation::CanRestart(const MemoryCheckpointStore::Contents& contents) {
  crash_points_.Suspend(true);
  bool can = true;
  for (uint32_t i = 0; i < options_.partitions; ++i) {
    const auto dropped = log_.DroppedUpTo(Partition(i));
    if (!dropped.ok() || !*dropped) continue;
    const auto progress = contents.progress.find(Partition(i));
    can &= progress != contents.progress.end() &&
           (*dropped)->value / kMillisPerHour + counting_.dedup_window_hours + 1 <
               progress->second.complete_to.value / kMillisPerHour;
  }
  crash_points_.Suspend(false);
  return can;
}

void Simulation::DamageCaches() {
  Process& process = AnyProcess();
  MemoryIdCache& cache = process.cache();
  if (mishaps_.Strikes(Mishap::kCacheLost)) cache.LoseAll();
  if (cache.entries() > 0 && mishaps_.Strikes(Mishap::kCacheEntryLost)) {
    cache.LoseEntry(mishaps_.Pick(cache.entries()));
  }
  // A folder is put back while its process is down.
  if (mishaps_.Strikes(Mishap::kCacheOfAnother)) {
    process.Restart();
    cache.CopyFrom(AnyProcess().cache());
  }
  if (saved_cache_ != nullptr && mishaps_.Strikes(Mishap::kCacheOlderCopy)) {
    process.Restart();
    cache.CopyFrom(*saved_cache_);
  }
  if (mishaps_.Threatens(Mishap::kCacheOfLostBoundary)) CacheLostBoundary(process);
  if (mishaps_.Chance(0.01)) {
    saved_cache_ = std::make_unique<MemoryIdCache>();
    saved_cache_->CopyFrom(cache);
  }
}

// The entry of a checkpoint that was proposed and counted, but whose boundary was not the first.
void Simulation::CacheLostBoundary(Process& process) {
  const Partition partition(static_cast<uint32_t>(mishaps_.Pick(options_.partitions)));
  const RecordBatch& records = history_[partition.value];
  if (records.empty() || !process.counts(partition)) return;
  const auto hour = [&](size_t i) { return records[i].append_time.value / kMillisPerHour; };
  const size_t begin = mishaps_.Pick(records.size());
  const size_t end = std::min(begin + 1 + mishaps_.Pick(8), records.size());
  PartitionCounter counter(partition, counting_);
  for (size_t i = 0; i < begin; ++i) {
    if (hour(i) == hour(begin)) counter.Restore(records[i].append_time, records[i].payload);
  }
  counter.Begin(Offset(begin));
  for (size_t i = begin; i < end && counter.Fits(records[i].append_time); ++i) {
    counter.Count(records[i].append_time, records[i].payload);
  }
  crash_points_.Suspend(true);
  mishaps_.Note(Mishap::kCacheOfLostBoundary);
  (void)process.cache().Write(counter.Cut()).ok();
  crash_points_.Suspend(false);
}

}  // namespace adtally
