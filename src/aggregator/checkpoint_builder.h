#pragma once

#include <optional>

#include "aggregator/aggregator_options.h"
#include "base/result.h"
#include "counting/partition_counter.h"
#include "log/event_log.h"

namespace adtally {

// Reads one partition from an offset and cuts it into checkpoints at the boundaries in the log.
//
// For each checkpoint: if the log already holds its boundary, count exactly up to it. Otherwise
// count what comes, propose the end reached, read back which proposal came first, and follow that
// one: count on to it, or undo and count again if it lies before the end reached. So any number of
// builders on one partition cut it at the same places.
//
// One call to the log a step, so that a simulation can interleave and crash builders anywhere. Not
// thread-safe.
class CheckpointBuilder {
 public:
  enum class Outcome {
    kIdle,      // no record beyond what is counted: wait for one
    kAdvanced,  // step again
    kReady,     // a checkpoint is complete: Take it
  };

  // `counter` knows everything before `begin`; it and the log outlive the builder.
  CheckpointBuilder(Partition partition, const AggregatorOptions& options, EventLog& log,
                    PartitionCounter& counter, Offset begin);

  // Does the next step. `cut_due`: end the checkpoint under way as soon as it has a record. A
  // standby does not begin one without: until another's boundary is there it says kIdle.
  // After an error the same step is tried again by the next call.
  Result<Outcome> Step(bool cut_due);

  // The complete checkpoint, once after kReady.
  Checkpoint Take();

  // Of the checkpoint that is complete, or was taken last: ends where this builder proposed.
  bool led() const { return led_; }
  bool empty() const { return counter_.empty(); }
  // When the first record of the checkpoint under way was appended; not when it is empty.
  AppendTime first_append_time() const { return first_append_time_; }
  Offset begin() const { return counter_.begin(); }
  Offset next_offset() const { return counter_.end(); }

 private:
  enum class Stage { kLookUp, kCount, kPropose, kReadBack, kReady };

  Result<Outcome> LookUp(bool cut_due);
  Result<Outcome> Count(bool cut_due);
  Result<Outcome> ReadBack();
  bool LimitReached() const;
  // Follows the winning boundary from where the count stands.
  Result<Outcome> Follow(Boundary winner);

  const Partition partition_;
  const AggregatorOptions options_;
  EventLog& log_;
  PartitionCounter& counter_;
  Stage stage_ = Stage::kLookUp;
  std::optional<Offset> target_;  // the end of the winning boundary, once known
  bool led_ = false;
  bool hour_ended_ = false;       // the next record is of another append hour
  AppendTime first_append_time_;  // of the records that are counted
  RecordBatch records_;
};

}  // namespace adtally
