#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aggregator/partition_worker.h"

namespace adtally {

// Counts and delivers all partitions of a log, each with a worker of its own.
class Aggregator {
 public:
  // Everything outlives the aggregator. Starts at once.
  Aggregator(const AggregatorOptions& options, const std::string& topic, EventLog& log,
             CheckpointStore& store, IdCache& cache, const Clock& clock, Logger& logger);

  // Delivers what the log holds and stops. Call when nothing is appended any more.
  void Drain();

  // Thread-safe.
  std::vector<PartitionStatus> status() const;

 private:
  std::vector<std::unique_ptr<PartitionWorker>> workers_;
};

}  // namespace adtally
