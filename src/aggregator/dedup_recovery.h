#pragma once

#include <cstdint>
#include <functional>

#include "aggregator/checkpoint_store.h"
#include "aggregator/id_cache.h"
#include "base/result.h"
#include "counting/partition_counter.h"
#include "log/event_log.h"

namespace adtally {

struct DedupRecovery {
  uint64_t records_from_cache = 0;  // covered by entries of the cache
  uint64_t records_from_log = 0;    // read again
};

// The first offset whose events may still matter to deduplication after `progress`: the records of
// the window before it, as far as the log still holds them.
Result<Offset> DedupWindowBegin(EventLog& log, Partition partition, const CountingOptions& options,
                                const Progress& progress);

// Brings `counter` to the state it had when it had counted everything before `progress.end`, from
// the cache where it has entries and from the log where it has not. Entries that the cache has of
// another history of the log are forgotten. After an error `counter` is of no use. kCorrupt when
// the log ends before `progress.end`, or when retention dropped records of the window (it does not,
// unless the window was made longer or the store is an old copy): without them a duplicate could be
// counted twice. `interrupted` is asked now and then: after a true it ends with kUnavailable.
Result<DedupRecovery> RecoverDedup(
    EventLog& log, IdCache& cache, Partition partition, const CountingOptions& options,
    const Progress& progress, PartitionCounter& counter,
    const std::function<bool()>& interrupted = [] { return false; });

}  // namespace adtally
