#include "aggregator/dedup_recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <utility>

namespace adtally {
namespace {

constexpr size_t kReadBytes = 8 << 20;

Error Interrupted() {
  return {ErrorCode::kUnavailable, "bringing deduplication back was given up"};
}

// Tells the counter of the records [from, to).
Result<void> RestoreFromLog(EventLog& log, Partition partition, Offset from, Offset to,
                            PartitionCounter& counter, const std::function<bool()>& interrupted) {
  RecordBatch records;
  while (from < to) {
    if (interrupted()) return Interrupted();
    ADTALLY_TRY(log.Read(partition, from, to, kReadBytes, records));
    if (records.empty()) {
      return Error{ErrorCode::kCorrupt,
                   fmt::format("event log: partition {} has no record at offset {} although later "
                               "ones were delivered; restore the log's folder from a backup",
                               partition.value, from.value)};
    }
    for (const Record& record : records) counter.Restore(record.append_time, record.payload);
    from = records.back().offset + 1;
  }
  return {};
}

// The counter remembers an id for one hour more than the window, counted in whole hours.
AppendTime WindowBeginTime(const CountingOptions& options, AppendTime time) {
  const int64_t hours = int64_t{options.dedup_window_hours} + 1;
  const int64_t first_hour = time.value / kMillisPerHour - hours;
  return AppendTime(std::max<int64_t>(0, first_hour) * kMillisPerHour);
}

// The window of the next record that will be counted: after a time without events an older part of
// the log may be gone, and is not needed.
Result<void> CheckWindowIsKept(EventLog& log, Partition partition, const CountingOptions& options,
                               const Progress& progress) {
  ADTALLY_ASSIGN(const std::optional<AppendTime> dropped, log.DroppedUpTo(partition));
  if (!dropped || *dropped < WindowBeginTime(options, progress.complete_to)) return {};
  // In this order: what is not readable yet will have at least that append time.
  AppendTime next = log.SafeTime(partition);
  ADTALLY_ASSIGN(const Offset end, log.EndOffset(partition));
  if (progress.end < end) {
    ADTALLY_ASSIGN(next, log.AppendTimeOf(partition, progress.end));
  }
  if (*dropped < WindowBeginTime(options, next)) return {};
  return Error{
      ErrorCode::kCorrupt,
      fmt::format(
          "event log: partition {} no longer holds all of the {} h before its progress, which "
          "deduplication needs: set aggregator.dedup_window_hours back, and raise it only after "
          "log.retention_hours has been that long for as many hours",
          partition.value, options.dedup_window_hours + 1)};
}

// Rids the cache of what the log, as it is now, does not hold: entries beyond progress, whose
// records are gone when log and store were put back to an earlier time together; and all entries
// when the last of them was counted from other records than the log holds there, as when the cache
// was put back and the log had gone another way since.
Result<void> DropOtherHistory(EventLog& log, IdCache& cache, Partition partition,
                              const Progress& progress) {
  ADTALLY_TRY(cache.DropAfter(partition, progress.end));
  ADTALLY_ASSIGN(const std::optional<IdCache::Last> last, cache.LastEntry(partition));
  ADTALLY_ASSIGN(const Offset kept, log.BeginOffset(partition));
  if (!last || last->end <= kept) return {};
  const auto time = log.AppendTimeOf(partition, last->end - 1);
  if (!time.ok() && time.error().code != ErrorCode::kNotFound) return time.error();
  if (time.ok() && *time == last->append_time) return {};
  return cache.DropAfter(partition, Offset(0));
}

}  // namespace

Result<Offset> DedupWindowBegin(EventLog& log, Partition partition, const CountingOptions& options,
                                const Progress& progress) {
  ADTALLY_ASSIGN(const Offset window,
                 log.OffsetAt(partition, WindowBeginTime(options, progress.complete_to)));
  ADTALLY_ASSIGN(const Offset kept, log.BeginOffset(partition));
  return std::min(std::max(window, kept), progress.end);
}

Result<DedupRecovery> RecoverDedup(EventLog& log, IdCache& cache, Partition partition,
                                   const CountingOptions& options, const Progress& progress,
                                   PartitionCounter& counter,
                                   const std::function<bool()>& interrupted) {
  ADTALLY_ASSIGN(const Offset log_end, log.EndOffset(partition));
  if (log_end < progress.end) {
    return Error{
        ErrorCode::kCorrupt,
        fmt::format(
            "event log: partition {} ends at offset {} but the store was delivered up to {}: "
            "the log's folder does not belong to this store; restore both from the same time",
            partition.value, log_end.value, progress.end.value)};
  }
  ADTALLY_TRY(CheckWindowIsKept(log, partition, options, progress));
  ADTALLY_ASSIGN(Offset next, DedupWindowBegin(log, partition, options, progress));
  ADTALLY_TRY(DropOtherHistory(log, cache, partition, progress));
  // Asked again: what comes next relies on where the log began after the first answer, and another
  // aggregator, which is further, may have let retention pass meanwhile.
  if (auto kept = CheckWindowIsKept(log, partition, options, progress); !kept.ok()) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("event log: retention passed by partition {} while it was recovered; "
                             "the next attempt begins at newer progress",
                             partition.value)};
  }
  ADTALLY_ASSIGN(const uint64_t ids, cache.ApproximateIds(partition, next));
  counter.ReserveIds(std::min(ids, options.max_ids));

  DedupRecovery recovery;
  std::optional<Error> failure;
  ADTALLY_TRY(cache.Scan(partition, next, [&](IdCache::Entry& entry) {
    if (entry.end() > progress.end) return false;
    if (entry.begin() < next) return true;
    auto read = RestoreFromLog(log, partition, next, entry.begin(), counter, interrupted);
    if (read.ok() && interrupted()) read = Interrupted();
    if (!read.ok()) {
      failure = read.error();
      return false;
    }
    recovery.records_from_log += entry.begin() - next;
    next = entry.begin();
    // The records of a damaged entry are read from the log with those before the next one.
    const bool whole = entry.Read([&](uint32_t append_hour, std::span<const Hash128> some) {
      counter.Restore(append_hour, some);
    });
    if (!whole) return true;
    recovery.records_from_cache += entry.end() - entry.begin();
    next = entry.end();
    return true;
  }));
  if (failure) return *std::move(failure);
  ADTALLY_TRY(RestoreFromLog(log, partition, next, progress.end, counter, interrupted));
  recovery.records_from_log += progress.end - next;
  return recovery;
}

}  // namespace adtally
