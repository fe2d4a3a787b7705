#include "aggregator/progress_table.h"

#include <charconv>
#include <string>

#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {

Result<std::map<Partition, Offset>> ReadAllProgress(Store& store) {
  ADTALLY_ASSIGN(const std::string answer,
                 store.Query("SELECT log_partition, max(end_offset) FROM adtally.progress"
                             " GROUP BY log_partition SETTINGS max_threads = 1",
                             {}, "TSV"));
  std::map<Partition, Offset> progress;
  const char* at = answer.data();
  const char* const end = at + answer.size();
  while (at < end) {
    uint32_t partition = 0;
    uint64_t offset = 0;
    const auto first = std::from_chars(at, end, partition);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '\t') break;
    const auto second = std::from_chars(first.ptr + 1, end, offset);
    if (second.ec != std::errc() || second.ptr == end || *second.ptr != '\n') break;
    progress[Partition(partition)] = Offset(offset);
    at = second.ptr + 1;
  }
  if (at == end) return progress;
  return Error{ErrorCode::kInternal, "the store's answer about adtally.progress cannot be read"};
}

Result<std::optional<int64_t>> ReadCompleteTo(Store& store, uint32_t partitions) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT toUInt32(count()), min(complete_to) FROM (SELECT "
                               "argMax(complete_to_ms, end_offset) AS complete_to FROM "
                               "adtally.progress GROUP BY log_partition)",
                               {}},
                              "RowBinary"));
  RowBinaryReader reader(answer);
  const uint32_t delivered = reader.UInt32();
  const int64_t complete_to_ms = reader.Int64();
  if (!reader.ok()) {
    return Error{ErrorCode::kInternal, "the store's answer about adtally.progress cannot be read"};
  }
  if (delivered < partitions) return std::optional<int64_t>();
  return std::optional<int64_t>(complete_to_ms);
}

}  // namespace adtally
