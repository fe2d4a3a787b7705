#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/event_log.h"
#include "log/rocksdb_log.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace adtally {

// The files of a RocksDbLog: one open RocksDB database. It knows the bytes, and nothing of queues
// and threads.
//
//   events.P    key: offset, 8 bytes
//               value: append time ms, 8; then the payload
//   boundaries  key: partition, 4; begin, 8
//               value: end, 8
//   default     key: "log"
//               value: format version, 4; partitions, 4; then the log's id
//   default     key: "begin.P"
//               value: first offset kept, 8; append time ms of the last record dropped, 8
//
// Numbers are big-endian in keys and little-endian in values. Invariants:
// 1. The records of events.P from "begin.P" on are dense and their append times never fall.
// 2. A record is written once and never overwritten or deleted by key: whole files below "begin.P"
// are dropped.
// 3. "log" is written last when a log is created: without it the folder holds no records.
//
// Reads and writes may run in any threads at once. Two writes of the same partition may not.
class LogDb {
 public:
  struct PartitionState {
    Offset begin;
    Offset end;
    AppendTime last_append_time;  // of the record before `end`, even when that was dropped
  };
  struct Begin {
    Offset offset;
    AppendTime append_time_before;  // of the last record dropped
  };
  struct NewRecord {
    Partition partition;
    Offset offset;
    AppendTime append_time;
    std::string_view payload;
  };

  // Creates the log if the folder is empty. Replays what a crash left in the WAL. Drops a last
  // write that a crash cut short, which was never acknowledged; any other damage is kCorrupt.
  static Result<std::unique_ptr<LogDb>> Open(const RocksDbLogOptions& options);
  ~LogDb();

  const std::string& log_id() const { return log_id_; }
  // Bytes that opening again would have to write out from the WAL.
  uint64_t UnflushedBytes() const;

  Result<PartitionState> ReadState(Partition partition) const;
  // What WriteBegin wrote last; nullopt when it never did.
  Result<std::optional<Begin>> ReadBegin(Partition partition) const;

  // Atomic and fsynced when it returns. After an error the records may or may not be there once the
  // database is opened again, and until then every write fails.
  Result<void> Write(std::span<const NewRecord> records);
  // Adds the records of [from, end) to the empty `out`, up to `max_bytes` of payload but at least
  // one. kNotFound when `from` is no longer there.
  Result<void> Read(Partition partition, Offset from, Offset end, size_t max_bytes,
                    RecordBatch& out) const;
  // kNotFound when the record is no longer there.
  Result<AppendTime> ReadAppendTime(Partition partition, Offset offset) const;

  Result<void> WriteBoundary(Partition partition, Boundary boundary);
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) const;

  // Makes `begin` the first offset kept, for ever, and removes the boundaries before it.
  Result<void> WriteBegin(Partition partition, Offset begin, AppendTime append_time_before);
  // Deletes the files that hold nothing but records before `begin`.
  Result<void> DropFiles(Partition partition, Offset begin);

 private:
  explicit LogDb(const RocksDbLogOptions& options);
  Result<void> OpenFiles();
  Result<bool> WalIsTorn() const;
  Result<void> ReadIdentity();
  Result<void> CreateLog();
  Result<void> SyncParentFolder() const;
  rocksdb::ColumnFamilyHandle* Family(const std::string& name) const;

  const RocksDbLogOptions options_;
  std::string log_id_;
  std::unique_ptr<rocksdb::DB> db_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
  std::vector<rocksdb::ColumnFamilyHandle*> events_;  // by partition; owned by families_
};

}  // namespace adtally
