#pragma once

#include <optional>
#include <vector>

#include "sim/calls.h"
#include "testing/passing_event_log.h"

namespace adtally {

// The log as one process sees it: calls fail, take effect all the same, or late; reads return
// little.
class FaultyLog final : public PassingEventLog {
 public:
  // Both outlive the object.
  FaultyLog(EventLog& log, Calls& calls)
      : PassingEventLog(log), calls_(calls), partitions_(log.partitions()) {}

  // Whether the last thing that the process did in the partition was to append a boundary, which it
  // has yet to read back.
  bool in_proposal(Partition partition) const { return partitions_[partition.value].in_proposal; }
  void GiveUp(Partition partition) { partitions_[partition.value] = {}; }
  void Restart() { partitions_.assign(partitions_.size(), {}); }

  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override;
  Result<Offset> BeginOffset(Partition partition) override;
  Result<Offset> EndOffset(Partition partition) override;
  Result<Offset> OffsetAt(Partition partition, AppendTime time) override;
  Result<AppendTime> AppendTimeOf(Partition partition, Offset offset) override;
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override;
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) override;
  Result<void> DropBefore(Partition partition, Offset offset) override;
  Result<std::optional<AppendTime>> DroppedUpTo(Partition partition) override;

 private:
  struct PartitionState {
    bool in_proposal = false;
    std::optional<Boundary> proposed;  // by this process, the last
  };

  void NoteWinner(const PartitionState& state, const Boundary& winner);

  Calls& calls_;
  std::vector<PartitionState> partitions_;
};

}  // namespace adtally
