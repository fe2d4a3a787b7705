#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "aggregator/aggregator_context.h"
#include "aggregator/aggregator_status.h"
#include "aggregator/task_pool.h"

namespace adtally {

// Counts and delivers partitions of a log: all, or those it is assigned
// (AggregatorOptions::follow_assignment).
//
//   log ──► watching thread wakes ──► counting pool ──► slot of one ──► delivery pool ──► store
//
// Each partition is one CountingTask and one DeliveryTask with a CheckpointSlot between them, so
// the next checkpoint is counted while the last is delivered, and counting of a partition waits
// when its delivery is behind, while the others go on. The tasks share the threads of two pools:
// counting is bound by the processor, delivery waits for the store. Nothing depends on no other
// aggregator having the same partitions.
class Aggregator {
 public:
  // Everything outlives the aggregator. Starts at once.
  Aggregator(const AggregatorOptions& options, const std::string& topic, EventLog& log,
             CheckpointStore& store, IdCache& cache, const Clock& clock, Logger& logger);
  // Stops; what is under way is given up, and counted again at the next start.
  ~Aggregator();

  // Has these partitions counted and no others. What is under way of those that are not among them
  // any more is given up: whoever has them next counts it again. Returns when none of those is
  // worked on here. Thread-safe.
  void SetPartitions(const std::vector<Partition>& partitions);

  // Cuts what the log holds, delivers it and stops. Gives up on a store that keeps failing. Call
  // when nothing is appended any more. One that follows an assignment cuts and delivers what it has
  // counted only.
  void Drain();

  // Of the partitions that are counted here. Thread-safe.
  std::vector<PartitionStatus> status() const;
  // How far those are delivered that are recovered. Thread-safe; asks nobody.
  std::vector<std::pair<Partition, Offset>> delivered() const;

 private:
  struct PartitionTasks;
  // Where the tasks of a partition are while it is counted here. A slice shares the mutex.
  struct Place {
    mutable std::shared_mutex mutex;
    std::unique_ptr<PartitionTasks> tasks;
  };

  template <class Task>
  TaskPool::Next RunSlice(size_t place, Task PartitionTasks::*task);
  void Begin(Partition partition);
  void GiveUp(Partition partition);

  // Wakes counting when the log has grown.
  void WatchLog();
  void Stop();

  AggregatorContext context_;
  std::vector<Place> places_;  // by partition
  std::mutex assigning_;
  TaskPool counting_;
  TaskPool delivering_;
  std::thread watching_;
};

}  // namespace adtally
