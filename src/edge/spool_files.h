#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "base/strong.h"
#include "log/event_log.h"
#include "log/record_sink.h"

namespace adtally {

// Records that wait for the event log, on this machine's disk, oldest first.
//
// They are kept in a local log of one partition, which brings what a spool needs: one fsync for all
// requests that arrive during the former one, whole requests after a kill, a lock on the folder,
// and going on by itself after a full disk. A stored record is
//
//   partitions of the event log, 4; its partition, 4; place, 8; then the payload
//
// little-endian. The place is the sum of the stored sizes before it, so that the first and the last
// record tell how much is held. It is counted when a request is queued: while failed or concurrent
// requests leave it inexact, the difference is theirs and ends when they are drained.
//
// Any thread appends and asks; one thread reads and drops.
class SpoolFiles {
 public:
  // Makes the folder when it is missing. kConflict when another process uses it.
  static Result<std::unique_ptr<SpoolFiles>> Open(const std::string& path, uint64_t max_bytes,
                                                  const Clock& clock, Logger& logger);
  // `files` has one partition.
  static Result<std::unique_ptr<SpoolFiles>> Create(std::unique_ptr<EventLog> files,
                                                    uint64_t max_bytes);
  // Writes what is queued.
  ~SpoolFiles();

  // ok: the records are fsynced. `partitions` are the event log's. kUnavailable, in the caller's
  // thread, when there would be more than max_bytes; else as EventLog::AppendAsync.
  void Append(const std::vector<RecordSink::Append>& records, uint32_t partitions,
              RecordSink::Done done);

  struct Oldest {
    std::vector<RecordSink::Append> records;
    uint32_t partitions = 0;  // of the log that they were meant for
    Offset end;               // one past the last of them
    uint64_t end_place = 0;
  };
  // The oldest records of one number of partitions, up to max_bytes, at least one if there is one.
  Result<Oldest> ReadOldest(size_t max_bytes);
  // What was read is not read again in this process, nor after a restart if this succeeds.
  Result<void> Drop(const Oldest& read);

  // Nothing is stored or about to be.
  bool empty() const;
  uint64_t records() const;
  uint64_t bytes() const;  // with what is about to be stored
  uint64_t max_bytes() const { return max_bytes_; }
  // When the oldest record came; nullopt when there is none.
  std::optional<int64_t> OldestMs() const;

 private:
  SpoolFiles(std::unique_ptr<EventLog> files, uint64_t max_bytes);
  Result<void> Load();
  bool Reserve(uint64_t bytes, uint64_t& place);
  void Release(uint64_t bytes, bool stored);

  const uint64_t max_bytes_;
  mutable std::mutex mutex_;
  Offset next_;            // the oldest record that is not dropped
  uint64_t begin_at_ = 0;  // its place
  uint64_t end_at_ = 0;    // the next record's place
  uint64_t under_way_ = 0;

  const std::unique_ptr<EventLog> files_;  // last: its destructor calls back
};

}  // namespace adtally
