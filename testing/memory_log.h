#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "log/event_log.h"
#include "testing/crash_points.h"

namespace adtally {

// An event log in memory. Deterministic: AppendAsync calls `done` before it returns, in the
// caller's thread, and append times come from the clock. Its contents survive a crash, as a durable
// log's do. Thread-safe.
//
// Crash points: log.append.before, log.append.torn (between the records of one request: some are
// in), log.append.after, log.boundary.before, log.boundary.after, log.drop.before, log.drop.after,
// log.read.
class MemoryLog final : public EventLog {
 public:
  // `clock` and `crash_points` must outlive the log; without crash points it never fails.
  MemoryLog(uint32_t partitions, const Clock& clock, CrashPoints* crash_points = nullptr,
            std::string log_id = "memory-log");

  // While set, appends fail with this error and have no effect: a full or unreachable log.
  void RefuseAppends(std::optional<Error> error);
  // Whether WaitForAppend waits (the default). A single-threaded simulation turns it off.
  void BlockInWaits(bool block);

  // Everything that the log holds: for a copy of its folder that is put back later.
  struct Contents;
  std::shared_ptr<const Contents> Copy();
  void Replace(const Contents& contents);

  uint32_t partitions() const override { return static_cast<uint32_t>(partitions_.size()); }
  std::string log_id() const override { return log_id_; }
  void AppendAsync(std::vector<Append> records, Done done) override;
  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override;
  uint64_t WaitForAppend(uint64_t seen, int timeout_ms) override;
  Result<Offset> BeginOffset(Partition partition) override;
  Result<Offset> EndOffset(Partition partition) override;
  Result<Offset> OffsetAt(Partition partition, AppendTime time) override;
  AppendTime SafeTime(Partition partition) override;
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override;
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) override;
  Result<void> DropBefore(Partition partition, Offset offset) override;
  Result<std::optional<AppendTime>> DroppedUpTo(Partition partition) override;

 private:
  struct StoredRecord {
    AppendTime append_time;
    std::string payload;
  };
  struct PartitionLog {
    Offset begin;
    std::vector<StoredRecord> records;  // from `begin` on, dense
    AppendTime last_append_time;
    AppendTime claimed;  // the latest safe time that was told
    std::optional<AppendTime> dropped_up_to;
    std::map<Offset, Offset> boundaries;  // begin -> end
    Offset end() const { return begin + records.size(); }
  };
  PartitionLog& Log(Partition partition);
  Result<void> AppendNow(std::vector<Append> records);
  bool Hit(std::string_view where);
  bool Dead() const;

  const Clock& clock_;
  CrashPoints* const crash_points_;
  const std::string log_id_;
  std::mutex mutex_;
  std::condition_variable grown_;
  uint64_t appends_ = 1;
  std::vector<PartitionLog> partitions_;
  std::optional<Error> refusal_;
  bool block_in_waits_ = true;
};

}  // namespace adtally
