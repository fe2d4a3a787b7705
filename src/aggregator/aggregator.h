#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "aggregator/aggregator_context.h"
#include "aggregator/aggregator_status.h"
#include "aggregator/task_pool.h"

namespace adtally {

// Counts and delivers all partitions of a log.
//
//   log ──► watching thread wakes ──► counting pool ──► slot of one ──► delivery pool ──► store
//
// Each partition is one CountingTask and one DeliveryTask with a CheckpointSlot between them, so
// the next checkpoint is counted while the last is delivered, and counting of a partition waits
// when its delivery is behind, while the others go on. The tasks share the threads of two pools:
// counting is bound by the processor, delivery waits for the store.
class Aggregator {
 public:
  // Everything outlives the aggregator. Starts at once.
  Aggregator(const AggregatorOptions& options, const std::string& topic, EventLog& log,
             CheckpointStore& store, IdCache& cache, const Clock& clock, Logger& logger);
  // Stops; what is under way is given up, and counted again at the next start.
  ~Aggregator();

  // Cuts what the log holds, delivers it and stops. Gives up on a store that keeps failing. Call
  // when nothing is appended any more.
  void Drain();

  // Thread-safe.
  std::vector<PartitionStatus> status() const;

 private:
  struct PartitionTasks;

  // Wakes counting when the log has grown.
  void WatchLog();
  void Stop();

  AggregatorContext context_;
  std::vector<std::unique_ptr<PartitionTasks>> partitions_;
  TaskPool counting_;
  TaskPool delivering_;
  std::thread watching_;
};

}  // namespace adtally
