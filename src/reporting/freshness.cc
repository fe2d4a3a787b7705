#include "reporting/freshness.h"

#include <algorithm>

#include "base/json_writer.h"
#include "reporting/rfc3339.h"

namespace adtally {
namespace {

void WriteSeconds(JsonWriter& json, int64_t ms) {
  json.Double(static_cast<double>(ms) / 1000);
}

void WritePartition(JsonWriter& json, const PartitionFreshness& partition) {
  json.BeginObject();
  json.Key("partition");
  json.UInt(partition.partition);
  json.Key("complete_to");
  json.String(FormatRfc3339Millis(partition.complete_to_ms));
  json.Key("lag_seconds");
  WriteSeconds(json, partition.lag_ms);
  json.Key("lag_records");
  json.UInt(partition.lag_records);
  json.EndObject();
}

}  // namespace

std::optional<int64_t> CompleteToMs(const std::vector<PartitionFreshness>& partitions) {
  std::optional<int64_t> least;
  for (const PartitionFreshness& partition : partitions) {
    least = std::min(least.value_or(partition.complete_to_ms), partition.complete_to_ms);
  }
  return least;
}

std::string RenderFreshness(const std::vector<PartitionFreshness>& partitions) {
  JsonWriter json;
  json.BeginObject();
  json.Key("complete_to");
  const auto complete_to_ms = CompleteToMs(partitions);
  complete_to_ms ? json.String(FormatRfc3339Millis(*complete_to_ms)) : json.Null();
  json.Key("lag_seconds");
  if (partitions.empty()) {
    json.Null();
  } else {
    WriteSeconds(
        json,
        std::max_element(partitions.begin(), partitions.end(), [](const auto& a, const auto& b) {
          return a.lag_ms < b.lag_ms;
        })->lag_ms);
  }
  json.Key("partitions");
  json.BeginArray();
  for (const PartitionFreshness& partition : partitions) WritePartition(json, partition);
  json.EndArray();
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
