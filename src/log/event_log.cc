#include "log/event_log.h"

namespace adtally {

Result<AppendTime> EventLog::AppendTimeOf(Partition partition, Offset offset) {
  RecordBatch record;
  ADTALLY_TRY(Read(partition, offset, offset + 1, 1, record));
  if (!record.empty()) return record.front().append_time;
  return Error{ErrorCode::kNotFound, "partition " + std::to_string(partition.value) +
                                         " has no record at offset " +
                                         std::to_string(offset.value) + " yet"};
}

}  // namespace adtally
