#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "log/event_log.h"

namespace adtally {

// A record of the checkpoints topic:
//   format version, 1 byte; the log's id, 36; begin, 8; end, 8; then the name of the events topic.
// Numbers are little-endian. With begin = end = 0 it only names the log: the first record of
// partition 0 gives the log its id, whoever wrote it, and as each record repeats it, the id stays
// when old records are dropped.
struct KafkaBoundaryRecord {
  std::string log_id;
  std::string topic;
  Boundary boundary;

  bool names_only() const { return boundary.end == Offset(0); }
};

std::string EncodeBoundaryRecord(const KafkaBoundaryRecord& record);
Result<KafkaBoundaryRecord> DecodeBoundaryRecord(std::string_view bytes);

}  // namespace adtally
