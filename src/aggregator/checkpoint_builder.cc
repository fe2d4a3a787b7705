#include "aggregator/checkpoint_builder.h"

#include <fmt/format.h>

#include <limits>

#include "base/check.h"

namespace adtally {
namespace {

constexpr Offset kNoLimit{std::numeric_limits<uint64_t>::max()};

}  // namespace

CheckpointBuilder::CheckpointBuilder(Partition partition, const AggregatorOptions& options,
                                     EventLog& log, PartitionCounter& counter, Offset begin)
    : partition_(partition), options_(options), log_(log), counter_(counter) {
  counter_.Begin(begin);
}

Result<CheckpointBuilder::Outcome> CheckpointBuilder::Step(bool cut_due) {
  switch (stage_) {
    case Stage::kLookUp:
      return LookUp(cut_due);
    case Stage::kCount:
      return Count(cut_due);
    case Stage::kPropose:
      ADTALLY_TRY(log_.AppendBoundary(partition_, {counter_.begin(), counter_.end()}));
      stage_ = Stage::kReadBack;
      return Outcome::kAdvanced;
    case Stage::kReadBack:
      return ReadBack();
    case Stage::kReady:
      break;
  }
  return Outcome::kReady;
}

Result<CheckpointBuilder::Outcome> CheckpointBuilder::LookUp(bool cut_due) {
  led_ = false;
  auto boundary = log_.ReadBoundary(partition_, counter_.begin());
  if (boundary.ok()) return Follow(*boundary);
  // kNotFound: nobody wrote one.
  if (boundary.error().code != ErrorCode::kNotFound) return std::move(boundary).error();
  if (options_.standby && !cut_due) return Outcome::kIdle;
  stage_ = Stage::kCount;
  return Outcome::kAdvanced;
}

Result<CheckpointBuilder::Outcome> CheckpointBuilder::ReadBack() {
  ADTALLY_ASSIGN(const Boundary winner, log_.ReadBoundary(partition_, counter_.begin()));
  led_ = winner.end == counter_.end();
  return Follow(winner);
}

Result<CheckpointBuilder::Outcome> CheckpointBuilder::Follow(Boundary winner) {
  if (winner.begin != counter_.begin() || winner.end <= winner.begin) {
    return Error{
        ErrorCode::kCorrupt,
        fmt::format(
            "event log: the boundary [{}, {}) of partition {} at offset {} is damaged: restore "
            "the whole data folder from a copy",
            winner.begin.value, winner.end.value, partition_.value, counter_.begin().value)};
  }
  target_ = winner.end;
  if (counter_.end() > winner.end) counter_.Rollback();
  stage_ = counter_.end() == winner.end ? Stage::kReady : Stage::kCount;
  return stage_ == Stage::kReady ? Outcome::kReady : Outcome::kAdvanced;
}

bool CheckpointBuilder::LimitReached() const {
  return hour_ended_ || counter_.row_count() >= options_.max_checkpoint_rows ||
         counter_.new_id_count() >= options_.max_checkpoint_ids ||
         counter_.viewing_count() >= options_.max_checkpoint_viewings ||
         counter_.end() - counter_.begin() >= options_.max_checkpoint_records;
}

Result<CheckpointBuilder::Outcome> CheckpointBuilder::Count(bool cut_due) {
  if (!target_ && !counter_.empty() && (cut_due || LimitReached())) {
    stage_ = Stage::kPropose;
    return Outcome::kAdvanced;
  }
  ADTALLY_TRY(log_.Read(partition_, counter_.end(), target_.value_or(kNoLimit), options_.read_bytes,
                        records_));
  if (records_.empty()) return Outcome::kIdle;
  for (const Record& record : records_) {
    if (!target_ && !counter_.Fits(record.append_time)) {
      hour_ended_ = true;
      break;
    }
    if (counter_.empty()) first_append_time_ = record.append_time;
    counter_.SkipTo(record.offset);
    counter_.Count(record.append_time, record.payload);
    if (!target_ && LimitReached()) break;
  }
  if (target_ && counter_.end() == *target_) {
    stage_ = Stage::kReady;
    return Outcome::kReady;
  }
  return Outcome::kAdvanced;
}

Checkpoint CheckpointBuilder::Take() {
  ADTALLY_CHECK(stage_ == Stage::kReady, "no checkpoint is complete");
  target_.reset();
  hour_ended_ = false;
  stage_ = Stage::kLookUp;
  return counter_.Cut();
}

}  // namespace adtally
