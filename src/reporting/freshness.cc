#include "reporting/freshness.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/rfc3339.h"

namespace adtally {
namespace {

void WriteTime(JsonWriter& json, std::optional<int64_t> ms) {
  ms ? json.String(FormatRfc3339Millis(*ms)) : json.Null();
}

void WriteSeconds(JsonWriter& json, std::optional<int64_t> ms) {
  ms ? json.Double(static_cast<double>(*ms) / 1000) : json.Null();
}

void WritePartition(JsonWriter& json, const PartitionFreshness& partition) {
  json.BeginObject();
  json.Key("partition");
  json.UInt(partition.partition);
  json.Key("complete_to");
  WriteTime(json, partition.complete_to_ms);
  json.Key("lag_seconds");
  WriteSeconds(json, partition.lag_ms);
  json.Key("lag_records");
  json.UInt(partition.lag_records);
  json.EndObject();
}

// The lag of the slowest partition.
std::optional<int64_t> LagMs(const std::vector<PartitionFreshness>& partitions) {
  std::optional<int64_t> most;
  for (const PartitionFreshness& partition : partitions) {
    if (!partition.lag_ms) return std::nullopt;
    most = std::max(most.value_or(*partition.lag_ms), *partition.lag_ms);
  }
  return most;
}

}  // namespace

std::optional<int64_t> CompleteToMs(const std::vector<PartitionFreshness>& partitions) {
  std::optional<int64_t> least;
  for (const PartitionFreshness& partition : partitions) {
    if (!partition.complete_to_ms) return std::nullopt;
    least = std::min(least.value_or(*partition.complete_to_ms), *partition.complete_to_ms);
  }
  return least;
}

std::string RenderFreshness(const std::vector<PartitionFreshness>& partitions) {
  JsonWriter json;
  json.BeginObject();
  json.Key("complete_to");
  WriteTime(json, CompleteToMs(partitions));
  json.Key("lag_seconds");
  WriteSeconds(json, LagMs(partitions));
  json.Key("partitions");
  json.BeginArray();
  for (const PartitionFreshness& partition : partitions) WritePartition(json, partition);
  json.EndArray();
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
