#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "log/append_queue.h"
#include "log/append_signal.h"
#include "log/clock_guard.h"
#include "log/commit_time.h"
#include "log/event_log.h"
#include "log/partition_tail.h"

namespace rocksdb {
class Env;
}

namespace adtally {

class LogDb;

struct RocksDbLogOptions {
  std::string path;                              // a folder of its own; made when missing
  uint32_t partitions = 4;                       // fixed when the log is created
  size_t max_queued_bytes = size_t{64} << 20;    // appends waiting for the disk; more are refused
  size_t max_commit_bytes = size_t{4} << 20;     // what one fsync takes along, at least one request
  size_t write_buffer_bytes = size_t{32} << 20;  // per partition, before it becomes a file
  size_t total_write_buffer_bytes = size_t{48} << 20;  // over all partitions
  size_t max_wal_bytes = size_t{128} << 20;            // bounds the replay at the next start
  int64_t recovery_interval_ms = 500;                  // between attempts after a failed write
  // What the folder is for and what to do when it is damaged, in errors.
  std::string purpose = "event log";
  std::string when_damaged =
      "restore the whole data folder from a copy taken at one time, or move log, store and ids "
      "away together to start empty";
  rocksdb::Env* env = nullptr;  // not owned; injects faults in tests. nullptr is the machine's own
};

// An event log in a local folder, used by one process at a time.
//
// Requests that arrive while an fsync runs share the next one (group commit), and each is in the
// log as a whole or not at all. Append times never fall, also over a restart.
//
// When the disk fails or is full, waiting and new requests get kUnavailable, and the log opens its
// files again until it can write. Meanwhile what is there can be read, unless the files cannot be
// opened. Nothing acknowledged is lost, and offsets stay dense; a request that failed may still
// appear.
//
// While the machine's clock is far off (see ClockGuard), requests get kUnavailable as well.
class RocksDbLog final : public EventLog {
 public:
  // `clock` and `logger` must outlive the log. Errors: kConflict when another process uses the
  // folder, or when its last record is far ahead of the clock; kInvalidArgument when the folder's
  // log has another format or number of partitions; kCorrupt when what was acknowledged is damaged;
  // kUnavailable when it cannot be read.
  static Result<std::unique_ptr<EventLog>> Open(const RocksDbLogOptions& options,
                                                const Clock& clock, Logger& logger);
  // Writes what is queued, calls what is waiting, closes the files.
  ~RocksDbLog() override;

  uint32_t partitions() const override { return options_.partitions; }
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
  RocksDbLog(const RocksDbLogOptions& options, const Clock& clock, Logger& logger,
             std::unique_ptr<LogDb> db);
  Result<void> LoadTails();
  Result<void> CheckClock() const;
  PartitionTail& Tail(Partition partition) const;
  // Holds the files open; LogDb is null while they cannot be opened.
  std::shared_lock<std::shared_mutex> UseDb() const;
  Result<LogDb*> DbInUse() const;

  // The writer's thread.
  void WriterLoop();
  void Commit(std::vector<AppendQueue::Request>& requests);
  Result<void> WriteRecords(const std::vector<AppendQueue::Request>& requests);
  Result<AppendTime> TimeToAppend();
  bool Writable();
  bool DiskHasRoom() const;
  Result<void> OpenAgain();
  void NoteFailure(const Error& error);
  Error Failure() const;

  const RocksDbLogOptions options_;
  const Clock& clock_;
  Logger& logger_;
  std::string log_id_;
  std::vector<std::unique_ptr<PartitionTail>> tails_;
  AppendSignal appended_;
  std::vector<AppendTime> last_append_times_;  // the writer's
  std::vector<CommitTime> commit_times_;       // by partition

  const ClockGuard clock_guard_;
  bool clock_is_off_ = false;  // the writer's

  mutable std::mutex turnstile_;  // keeps a stream of readers from starving OpenAgain
  mutable std::shared_mutex db_mutex_;
  std::unique_ptr<LogDb> db_;  // replaced by the writer only
  std::mutex metadata_mutex_;  // serializes boundaries and drops

  std::atomic<bool> failed_{false};
  mutable std::mutex failure_mutex_;
  Error failure_{};
  int64_t next_recovery_micros_ = 0;  // the writer's

  AppendQueue queue_;
  std::thread writer_;
};

}  // namespace adtally
