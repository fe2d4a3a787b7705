#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/strong.h"
#include "log/record_batch.h"
#include "log/record_sink.h"

namespace adtally {

// Where a checkpoint of a partition ends: it covers the records [begin, end).
struct Boundary {
  Offset begin;
  Offset end;
  friend bool operator==(const Boundary&, const Boundary&) = default;
};

// A durable, partitioned, ordered log of records, and the log of checkpoint boundaries beside it.
// Thread-safe. In the order of a partition's offsets append times never fall. An offset may hold no
// record: in Kafka, where a transaction ended or was aborted. A record is durable when it is
// fsynced, or held by all in-sync replicas.
class EventLog : public RecordSink {
 public:
  // Identifies this log for ever: state derived from another log is never used with it.
  virtual std::string log_id() const = 0;

  // Reads the records of [from, ...) in order into `out` (cleared first) until `max_bytes` of
  // payload are read, at least one record if there is one, and never past `limit`. Empty when there
  // is none yet, and after an error. kNotFound when `from` was dropped by retention.
  virtual Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                            RecordBatch& out) = 0;
  // Waits until the log's counter differs from `seen`, or `timeout_ms` passed, and returns it. The
  // counter is never 0 and rises after records of any partition became readable. So this misses
  // none: begin with seen = 0; read what there is; then wait with what the last call returned.
  virtual uint64_t WaitForAppend(uint64_t seen, int timeout_ms) = 0;

  virtual Result<Offset> BeginOffset(Partition partition) = 0;  // the first record kept
  virtual Result<Offset> EndOffset(Partition partition) = 0;    // one past the last record
  // What EndOffset was not long ago: cheap, and does not wait for other machines.
  virtual Result<Offset> RecentEnd(Partition partition) { return EndOffset(partition); }
  // The append time of a record. kNotFound when there is none at `offset` (yet, or any more).
  virtual Result<AppendTime> AppendTimeOf(Partition partition, Offset offset);
  // The first record with append_time >= time; EndOffset when there is none.
  virtual Result<Offset> OffsetAt(Partition partition, AppendTime time) = 0;
  // A time before which nothing new will become readable: every record of the partition that is not
  // readable yet has, or will get, an append time >= this. Never later than the clock. Does not
  // block.
  virtual AppendTime SafeTime(Partition partition) = 0;

  // Appends a boundary. Durable when it returns. Several writers may append different ends for the
  // same begin: the first one in the log wins, whoever wrote it.
  virtual Result<void> AppendBoundary(Partition partition, Boundary boundary) = 0;
  // The winning boundary with this begin: the first one in the log. kNotFound when nobody wrote
  // one, kInvalidArgument when `begin` is before BeginOffset: retention may have dropped it.
  virtual Result<Boundary> ReadBoundary(Partition partition, Offset begin) = 0;

  // This process will not read the partition for a while: what was read ahead can go.
  virtual void StopReading(Partition) {}

  // Lets the log drop records before `offset` and boundaries that begin before it. Does not rewrite
  // what it keeps; some records before `offset` may stay for a while.
  virtual Result<void> DropBefore(Partition partition, Offset offset) = 0;
  // The append time of the last record that retention dropped; nullopt when nothing was dropped.
  virtual Result<std::optional<AppendTime>> DroppedUpTo(Partition partition) = 0;
};

}  // namespace adtally
