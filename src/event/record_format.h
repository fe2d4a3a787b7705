#pragma once

#include <string_view>

namespace adtally {

// What a record of the event log holds. Adtally itself appends EventBatches; what other producers
// append to a topic is of the configured format.
enum class RecordFormat {
  kProtobuf,  // an EventBatch (proto/adtally/v1/event.proto), with its length in front or without
  kJson,      // one object, an array of objects, or NDJSON (event/json_codec.h); or an EventBatch
              // that adtally appended
};

// The EventBatch of a record. ClickHouse and Flink write an EventBatch with its length as a varint
// in front: ProtobufList. Such a record is told by a first number that is just as large as the rest
// is long, which no record is that begins with an event and holds a good one.
std::string_view EventBatchOf(std::string_view record);

// Whether a record begins as AppendToBatch writes it: an event, its id first, then its type. No
// JSON text begins so, since it cannot hold the control character that stands between those two.
bool IsAppendedBatch(std::string_view record);

}  // namespace adtally
