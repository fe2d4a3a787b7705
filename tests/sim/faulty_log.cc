#include "sim/faulty_log.h"

namespace adtally {

Result<void> FaultyLog::Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                             RecordBatch& out) {
  return calls_.Read(Mishap::kReadFailed, [&]() -> Result<void> {
    ADTALLY_TRY(log_.Read(partition, from, limit, max_bytes, out));
    if (out.size() <= 1 || !calls_.mishaps().Strikes(Mishap::kReadShort)) return {};
    return log_.Read(partition, from, from + 1 + calls_.mishaps().Pick(out.size() - 1), max_bytes,
                     out);
  });
}

Result<Offset> FaultyLog::BeginOffset(Partition partition) {
  return calls_.Read(Mishap::kOffsetFailed, [&] { return log_.BeginOffset(partition); });
}

Result<Offset> FaultyLog::EndOffset(Partition partition) {
  return calls_.Read(Mishap::kOffsetFailed, [&] { return log_.EndOffset(partition); });
}

Result<Offset> FaultyLog::OffsetAt(Partition partition, AppendTime time) {
  return calls_.Read(Mishap::kOffsetFailed, [&] { return log_.OffsetAt(partition, time); });
}

Result<AppendTime> FaultyLog::AppendTimeOf(Partition partition, Offset offset) {
  return calls_.Read(Mishap::kReadFailed, [&] { return log_.AppendTimeOf(partition, offset); });
}

Result<std::optional<AppendTime>> FaultyLog::DroppedUpTo(Partition partition) {
  return calls_.Read(Mishap::kOffsetFailed, [&] { return log_.DroppedUpTo(partition); });
}

Result<void> FaultyLog::DropBefore(Partition partition, Offset offset) {
  return calls_.Write({Mishap::kDropFailed},
                      [this, partition, offset] { return log_.DropBefore(partition, offset); });
}

Result<void> FaultyLog::AppendBoundary(Partition partition, Boundary boundary) {
  PartitionState& state = partitions_[partition.value];
  state.proposed = boundary;
  const Result<void> appended = calls_.Write(
      {Mishap::kBoundaryFailed, Mishap::kBoundaryIn, Mishap::kBoundaryLate},
      [this, partition, boundary] { return log_.AppendBoundary(partition, boundary); });
  state.in_proposal = appended.ok();
  return appended;
}

Result<Boundary> FaultyLog::ReadBoundary(Partition partition, Offset begin) {
  PartitionState& state = partitions_[partition.value];
  auto winner =
      calls_.Read(Mishap::kBoundaryReadFailed, [&] { return log_.ReadBoundary(partition, begin); });
  if (winner.ok()) {
    NoteWinner(state, *winner);
    state.in_proposal = false;
  }
  return winner;
}

void FaultyLog::NoteWinner(const PartitionState& state, const Boundary& winner) {
  Mishaps& mishaps = calls_.mishaps();
  if (!state.in_proposal) return mishaps.Note(Mishap::kBoundaryFound);
  if (winner.end < state.proposed->end) mishaps.Note(Mishap::kRolledBack);
  if (winner.end > state.proposed->end) mishaps.Note(Mishap::kCountedOn);
}

}  // namespace adtally
