#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "aggregator/aggregator_context.h"
#include "aggregator/checkpoint_slot.h"
#include "aggregator/delivery.h"
#include "aggregator/partition_board.h"
#include "aggregator/partition_control.h"
#include "aggregator/task_pool.h"

namespace adtally {

// Delivery of one partition's checkpoints, in order, as slices for a pool: take one from the slot,
// put it into the store, let the log drop what is old, once an hour. Failures are retried for ever,
// with pauses, except while draining: then it gives up after some attempts and delivers nothing
// later, which would be over the gap; the next start counts it again. One thread at a time.
class DeliveryTask {
 public:
  // Everything outlives the task.
  DeliveryTask(Partition partition, const AggregatorContext& context,
               const PartitionControl& control, CheckpointSlot& slot, PartitionBoard& board);

  // Delivers one checkpoint, or as much of it as succeeds: blocks on the store. Has to be woken
  // when the slot was filled and when the mode changed.
  TaskPool::Next RunSlice();

 private:
  // The checkpoint and what delivers it.
  struct UnderWay {
    UnderWay(Checkpoint taken, const AggregatorContext& context)
        : checkpoint(std::move(taken)),
          taken_micros(context.clock.MonotonicMicros()),
          delivery(checkpoint, context.topic, context.store, context.cache) {}
    const Checkpoint checkpoint;
    const int64_t taken_micros;
    Delivery delivery;
    int failures = 0;
    int failures_while_draining = 0;
  };

  int64_t MicrosToWait() const;
  TaskPool::Next Failed(const Error& error);
  void Delivered();
  void DropOldRecordsHourly();

  const Partition partition_;
  const AggregatorContext& context_;
  const PartitionControl& control_;
  CheckpointSlot& slot_;
  PartitionBoard& board_;
  std::optional<UnderWay> under_way_;
  int64_t last_retention_hour_ = 0;
};

}  // namespace adtally
