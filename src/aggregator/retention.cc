#include "aggregator/retention.h"

#include <algorithm>

#include "aggregator/dedup_recovery.h"

namespace adtally {

Result<void> DropOldRecords(EventLog& log, IdCache& cache, Partition partition,
                            const AggregatorOptions& options, const Progress& progress) {
  const AppendTime oldest(progress.complete_to.value -
                          options.log_retention_hours * kMillisPerHour);
  ADTALLY_ASSIGN(const Offset window, DedupWindowBegin(log, partition, options.counting, progress));
  ADTALLY_ASSIGN(const Offset kept, log.OffsetAt(partition, oldest));
  ADTALLY_TRY(log.DropBefore(partition, std::min(window, kept)));
  return cache.DropBefore(partition, window);
}

}  // namespace adtally
