#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "aggregator/aggregator_options.h"
#include "aggregator/aggregator_status.h"
#include "aggregator/checkpoint_builder.h"
#include "aggregator/checkpoint_store.h"
#include "aggregator/id_cache.h"
#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/logger.h"
#include "counting/checkpoint.h"
#include "log/event_log.h"

namespace adtally {

// Runs one partition: a counting thread builds checkpoints, a delivery thread puts them into the
// store, and a queue of one checkpoint between them lets the next be counted while the last is
// delivered and holds counting back when the store is slow. Failures are retried for ever and shown
// in status(): nothing is skipped.
class PartitionWorker {
 public:
  // Everything outlives the worker. Starts the threads.
  PartitionWorker(Partition partition, const AggregatorOptions& options, std::string topic,
                  EventLog& log, CheckpointStore& store, IdCache& cache, const Clock& clock,
                  Logger& logger);
  // Stops; a checkpoint under way is given up, and counted again at the next start.
  ~PartitionWorker();

  // Cuts what is counted, delivers it, and returns. For a clean shutdown, once nothing is appended
  // any more.
  void Drain();

  // Thread-safe.
  PartitionStatus status() const;

 private:
  void Count();
  void Deliver();
  // Runs until stopped or failed. What it returns is retried.
  Result<void> CountUntilStopped();
  Result<void> Recover();
  Checkpoint TakeCheckpoint();
  bool CutDue() const;
  Result<void> CheckIdBudget() const;
  // False when it was given up.
  bool DeliverOne(const Checkpoint& checkpoint);
  void Delivered(const Checkpoint& checkpoint);
  void DropOldRecordsHourly(const Checkpoint& checkpoint);
  void Pause(int attempt);
  // Shows what a thread waits for, and logs it once; "" when it goes on.
  void SetError(std::string& of_thread, std::string message);

  const Partition partition_;
  const AggregatorOptions options_;
  const std::string topic_;
  EventLog& log_;
  CheckpointStore& store_;
  IdCache& cache_;
  const Clock& clock_;
  Logger& logger_;

  // Of the counting thread.
  std::unique_ptr<PartitionCounter> counter_;
  std::unique_ptr<CheckpointBuilder> builder_;
  int64_t last_cut_micros_ = 0;
  int64_t last_retention_hour_ = 0;  // of the delivery thread

  BoundedQueue<Checkpoint> queue_{1};
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> draining_ = false;
  mutable std::mutex mutex_;  // guards the status and the errors
  PartitionStatus status_;
  std::string counting_error_;
  std::string delivery_error_;
  std::thread counting_;
  std::thread delivering_;
};

}  // namespace adtally
