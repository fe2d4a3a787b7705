#include "aggregator/aggregator.h"

#include <thread>

namespace adtally {

Aggregator::Aggregator(const AggregatorOptions& options, const std::string& topic, EventLog& log,
                       CheckpointStore& store, IdCache& cache, const Clock& clock, Logger& logger) {
  for (uint32_t i = 0; i < log.partitions(); ++i) {
    workers_.push_back(std::make_unique<PartitionWorker>(Partition(i), options, topic, log, store,
                                                         cache, clock, logger));
  }
}

void Aggregator::Drain() {
  std::vector<std::thread> drains;
  for (const auto& worker : workers_) drains.emplace_back([&worker] { worker->Drain(); });
  for (std::thread& drain : drains) drain.join();
}

std::vector<PartitionStatus> Aggregator::status() const {
  std::vector<PartitionStatus> status;
  for (const auto& worker : workers_) status.push_back(worker->status());
  return status;
}

}  // namespace adtally
