#include "aggregator/log_binding.h"

#include <fmt/format.h>

#include <optional>
#include <string>

namespace adtally {

Result<void> BindLog(EventLog& log, CheckpointStore& store) {
  ADTALLY_ASSIGN(const std::optional<std::string> bound, store.ReadLogId());
  if (!bound) return store.WriteLogId(log.log_id());
  if (*bound != log.log_id()) {
    return Error{
        ErrorCode::kConflict,
        fmt::format("the store was counted from event log {}, but the event log here is {}: "
                    "restore log and store from copies of the same time, or move log, store "
                    "and ids away together to start empty",
                    *bound, log.log_id())};
  }
  for (uint32_t i = 0; i < log.partitions(); ++i) {
    ADTALLY_ASSIGN(const std::optional<Progress> progress, store.ReadProgress(Partition(i)));
    ADTALLY_ASSIGN(const Offset end, log.EndOffset(Partition(i)));
    if (!progress || progress->end <= end) continue;
    return Error{
        ErrorCode::kConflict,
        fmt::format("partition {} of the event log ends at offset {}, but the store was "
                    "counted up to {}: the log is an older copy; restore log and store from "
                    "copies of the same time",
                    i, end.value, progress->end.value)};
  }
  return {};
}

}  // namespace adtally
