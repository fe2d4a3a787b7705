#pragma once

#include "aggregator/aggregator_options.h"
#include "aggregator/checkpoint_store.h"
#include "aggregator/id_cache.h"
#include "base/result.h"
#include "log/event_log.h"

namespace adtally {

// Lets the log and the id cache drop what a partition delivered up to `progress` will not need
// again: records that are both older than log_retention_hours before progress and outside of the
// deduplication window that a restart reads.
Result<void> DropOldRecords(EventLog& log, IdCache& cache, Partition partition,
                            const AggregatorOptions& options, const Progress& progress);

}  // namespace adtally
