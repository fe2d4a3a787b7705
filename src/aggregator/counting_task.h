#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "aggregator/aggregator_context.h"
#include "aggregator/checkpoint_builder.h"
#include "aggregator/checkpoint_slot.h"
#include "aggregator/partition_board.h"
#include "aggregator/partition_control.h"
#include "aggregator/task_pool.h"

namespace adtally {

// Counting of one partition, as slices for a pool: bring deduplication back, then let a
// CheckpointBuilder step, tell it when a cut is due, and put what it completes into the slot. When
// the slot is full it waits for delivery. Failures are retried for ever, with pauses: nothing is
// skipped. One thread at a time.
class CountingTask {
 public:
  // Everything outlives the task.
  CountingTask(Partition partition, const AggregatorContext& context, PartitionControl& control,
               CheckpointSlot& slot, PartitionBoard& board);

  // Works for about 10 ms, or as long as one step or bringing deduplication back takes. Has to be
  // woken when the log has grown, when the slot was emptied and when the mode changed.
  TaskPool::Next RunSlice();

 private:
  Result<void> Recover();
  Result<void> RecoverFrom(const Progress& progress, PartitionCounter& counter);
  bool OthersWentOn() const;
  Result<TaskPool::Next> Count();
  Result<void> CheckIdBudget() const;
  bool CutDueWhileBehind() const;
  bool CutDueAtEnd() const;
  bool BoundaryOverdue();
  bool EndsAfterNextCut() const;
  int64_t MicrosUntilCutAtEnd() const;
  TaskPool::Next HandOver();
  TaskPool::Next WaitForRecords();
  TaskPool::Next End();
  bool follows() const { return context_.options.standby && builder_->empty(); }
  RunMode mode() const { return control_.mode(); }

  const Partition partition_;
  const AggregatorContext& context_;
  PartitionControl& control_;
  CheckpointSlot& slot_;
  PartitionBoard& board_;
  std::unique_ptr<PartitionCounter> counter_;
  std::unique_ptr<CheckpointBuilder> builder_;  // none until deduplication was brought back
  int64_t last_cut_micros_ = 0;
  int64_t begun_micros_ = 0;  // when the checkpoint under way had no record yet, last
  int64_t began_micros_ = 0;  // when the checkpoint before was complete, or counting began
  std::optional<int64_t> waiting_since_micros_;  // a standby: there are records to count
  bool cut_at_end_ = false;                      // the checkpoint under way ends where the log did
  bool backlog_ = false;  // the last checkpoint did not: there was more to read
  int failures_ = 0;      // since a step succeeded
};

}  // namespace adtally
