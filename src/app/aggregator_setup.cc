#include "app/aggregator_setup.h"

#include <algorithm>

#include "app/event_log_setup.h"
#include "app/memory_budget.h"

namespace adtally {
namespace {

// Up to here the dedup table keeps its bound of false drops (see DedupTable).
constexpr uint64_t kMostIdsPerPartition = uint64_t{1} << 30;

}  // namespace

Result<AggregatorOptions> AggregatorOptionsFor(const Config& config, const MachineLimits& machine) {
  const auto partitions = static_cast<uint32_t>(config.log_partitions);
  const auto threads = [&](int64_t configured, int by_machine) {
    const auto wanted = configured != 0 ? static_cast<int>(configured) : by_machine;
    return std::min(wanted, static_cast<int>(partitions));
  };
  AggregatorOptions options;
  options.counting.dedup_window_hours = static_cast<uint32_t>(config.aggregator_dedup_window_hours);
  if (config.log_format == "json") options.counting.record_format = RecordFormat::kJson;
  options.counting_threads = threads(config.aggregator_counting_threads, machine.cores);
  // They wait for the store more than they work; inserting more at a time than there are cores does
  // not make the engine faster.
  options.delivery_threads =
      threads(config.aggregator_delivery_threads, std::max(2, machine.cores));
  options.checkpoint_interval_ms = config.aggregator_checkpoint_interval_ms;
  options.log_retention_hours = config.log_retention_hours;
  LimitCheckpoints(partitions, options);

  const MemoryNeeds needs{config.aggregator_max_ids, MaxCheckpointBytes(partitions, options),
                          config.store_kind == "chdb" ? config.store_max_memory_mb : 0,
                          partitions * kMostIdsPerPartition, LogClientBytes(config)};
  ADTALLY_ASSIGN(const uint64_t max_ids, ChooseMaxIds(needs, machine.memory_bytes));
  options.counting.max_ids = (max_ids + partitions - 1) / partitions;
  return options;
}

}  // namespace adtally
