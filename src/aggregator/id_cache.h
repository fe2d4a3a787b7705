#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/hash.h"
#include "base/result.h"
#include "base/strong.h"
#include "counting/checkpoint.h"

namespace adtally {

// A local cache of the event ids of delivered checkpoints, so that a restart need not read a day of
// log. It may lose any entry (then the log is read instead), but what it returns is what was
// written. Of an id it keeps what deduplication uses: `high` and the lowest 16 bits of `low`.
// Thread-safe; used by one aggregator at a time, and within a partition by one thread at a time.
class IdCache {
 public:
  virtual ~IdCache() = default;

  // Remembers the ids of one checkpoint. A process that is killed may take the latest entries with
  // it.
  virtual Result<void> Write(const Checkpoint& checkpoint) = 0;

  // A checkpoint that Scan found; valid during the call of `visit`.
  class Entry {
   public:
    // Gets some of the ids at a time, all of one hour; they are valid during the call.
    using Take = std::function<void(uint32_t append_hour, std::span<const Hash128> ids)>;

    Entry(Offset begin, Offset end) : begin_(begin), end_(end) {}
    Entry(const Entry&) = delete;
    virtual ~Entry() = default;

    Offset begin() const { return begin_; }
    Offset end() const { return end_; }
    // Gives all ids of the checkpoint to `take`, in log order. False when the entry is damaged:
    // then none was given, unless Scan fails.
    virtual bool Read(const Take& take) = 0;

   private:
    const Offset begin_;
    const Offset end_;
  };
  // Calls `visit` for the entries of the partition that begin at or after `from`, in offset order,
  // until it returns false. Damaged entries are skipped. `visit` must not use the cache. When Scan
  // itself fails, what entries gave is worth nothing.
  virtual Result<void> Scan(Partition partition, Offset from,
                            const std::function<bool(Entry&)>& visit) = 0;

  // About as many ids as the entries that begin at or after `from` hold: an estimate that costs no
  // reading.
  virtual Result<uint64_t> ApproximateIds(Partition partition, Offset from) = 0;

  struct Last {
    Offset end;
    AppendTime append_time;  // of the record at end - 1
  };
  // The last entry that is readable. Tells a cache of this log from one of a log that went another
  // way after this offset: then the append times differ.
  virtual Result<std::optional<Last>> LastEntry(Partition partition) = 0;

  // Forgets entries that end at or before `offset`.
  virtual Result<void> DropBefore(Partition partition, Offset offset) = 0;
  // Forgets entries that end after `offset`, durably: they must never come back, since the log may
  // be about to go another way from there.
  virtual Result<void> DropAfter(Partition partition, Offset offset) = 0;
};

}  // namespace adtally
