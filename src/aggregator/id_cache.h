#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "counting/checkpoint.h"

namespace adtally {

// A local cache of the event ids of delivered checkpoints, so that a restart need not read a day of
// log. It may lose any entry (then the log is read instead), but what it returns is what was
// written. Used by one aggregator at a time.
class IdCache {
 public:
  virtual ~IdCache() = default;

  // Remembers the ids of one checkpoint. Survives kill -9, not power loss.
  virtual Result<void> Write(const Checkpoint& checkpoint) = 0;

  struct Entry {
    Offset begin;
    Offset end;
    std::vector<NewIds> new_ids;
  };
  // Calls `visit` for the readable entries of the partition that begin at or after `from`, in
  // offset order, until it returns false. Damaged entries are skipped.
  virtual Result<void> Scan(Partition partition, Offset from,
                            const std::function<bool(const Entry&)>& visit) = 0;

  // Forgets entries that end at or before `offset`.
  virtual Result<void> DropBefore(Partition partition, Offset offset) = 0;
};

}  // namespace adtally
