#include "aggregator/counting_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aggregator/dedup_recovery.h"

namespace adtally {
namespace {

using Next = TaskPool::Next;

constexpr int64_t kSliceMicros = 10'000;
// Ends a slice under a clock that stands still.
constexpr int kMaxStepsPerSlice = 64;
// How often a partition whose cut is not due yet looks again: a clock turned by hand may jump.
constexpr int64_t kMaxWaitMs = 100;
// How often a standby asks for the next boundary.
constexpr int64_t kLookForBoundaryMs = 25;

}  // namespace

CountingTask::CountingTask(Partition partition, const AggregatorContext& context,
                           PartitionControl& control, CheckpointSlot& slot, PartitionBoard& board)
    : partition_(partition), context_(context), control_(control), slot_(slot), board_(board) {}

Next CountingTask::RunSlice() {
  if (slot_.closed()) return Next::Never();
  const auto next = Count();
  if (next.ok()) return *next;
  if (mode() == RunMode::kStop) return End();
  board_.SetCountingError(next.error().message);
  // A log that lost what was delivered from it must not come right by growing.
  if (mode() != RunMode::kRun || next.error().code == ErrorCode::kCorrupt) return End();
  if (builder_ != nullptr && OthersWentOn()) {
    builder_.reset();
    counter_.reset();
  }
  return Next::AfterPause(RetryPauseMs(failures_++));
}

// The step that failed is repeated by the next slice: nothing counted is lost.
Result<Next> CountingTask::Count() {
  if (builder_ == nullptr) ADTALLY_TRY(Recover());
  // What is counted is delivered; only the next checkpoint waits.
  if (builder_->empty()) ADTALLY_TRY(CheckIdBudget());
  const int64_t slice_end_micros = context_.clock.MonotonicMicros() + kSliceMicros;
  for (int step = 0; step < kMaxStepsPerSlice; ++step) {
    if (mode() == RunMode::kStop || slot_.closed()) return End();
    if (builder_->empty()) begun_micros_ = context_.clock.MonotonicMicros();
    const bool cut_due = builder_->empty() ? !follows() || BoundaryOverdue() : CutDueWhileBehind();
    ADTALLY_ASSIGN(auto outcome, builder_->Step(cut_due));
    if (std::exchange(failures_, 0) > 0) board_.SetCountingError("");
    if (outcome == CheckpointBuilder::Outcome::kIdle && CutDueAtEnd()) {
      cut_at_end_ = true;
      ADTALLY_ASSIGN(outcome, builder_->Step(true));
    }
    if (outcome == CheckpointBuilder::Outcome::kReady) return HandOver();
    if (outcome == CheckpointBuilder::Outcome::kIdle) return WaitForRecords();
    if (context_.clock.MonotonicMicros() >= slice_end_micros) break;
  }
  return Next::Now();
}

Result<void> CountingTask::CheckIdBudget() const {
  const uint64_t ids = counter_->live_ids();
  const CountingOptions& counting = context_.options.counting;
  if (ids <= counting.max_ids) return {};
  return Error{
      ErrorCode::kResourceExhausted,
      fmt::format(
          "deduplication remembers {} event ids ({} MiB) of the last {} h, and aggregator.max_ids "
          "allows {} a partition: raise it (11 bytes an id) or lower "
          "aggregator.dedup_window_hours; counting waits, nothing is lost",
          ids, counter_->dedup_bytes() >> 20, counting.dedup_window_hours + 1, counting.max_ids)};
}

// While this one failed, slept or was cut off, another aggregator may have delivered the checkpoint
// under way, and retention dropped its records and boundaries.
bool CountingTask::OthersWentOn() const {
  const auto progress = context_.store.ReadProgress(partition_);
  return progress.ok() && *progress && (*progress)->end > builder_->begin();
}

// Of a standby: the other aggregator should have cut by now.
bool CountingTask::BoundaryOverdue() {
  const auto end = context_.log.RecentEnd(partition_);
  if (!end.ok() || *end <= builder_->next_offset()) return false;
  const int64_t now = context_.clock.MonotonicMicros();
  if (!waiting_since_micros_) waiting_since_micros_ = now;
  const int64_t patience = context_.options.standby_patience_ms * 1000;
  return now - *waiting_since_micros_ >= patience &&
         now - began_micros_ >= context_.options.checkpoint_interval_ms * 1000 + patience;
}

// While there is more to read a checkpoint grows, since large ones cost less an event, but none is
// counted for longer than the interval.
bool CountingTask::CutDueWhileBehind() const {
  if (EndsAfterNextCut()) return true;
  return context_.clock.MonotonicMicros() - begun_micros_ >=
         context_.options.checkpoint_interval_ms * 1000;
}

// A member of a group leaves to others what it has not begun.
bool CountingTask::EndsAfterNextCut() const {
  return mode() == RunMode::kDrain && context_.options.follow_assignment;
}

bool CountingTask::CutDueAtEnd() const {
  if (builder_->empty()) return false;
  return mode() == RunMode::kDrain || MicrosUntilCutAtEnd() <= 0;
}

// At the end of the log the interval runs from the last cut. At the end of a backlog it runs from
// the append of the first record: that has waited already, and more would not come soon. Not while
// delivery is behind, when a cut would only wait, and once a backlog only, so that records which
// always become readable late are not cut each for itself.
int64_t CountingTask::MicrosUntilCutAtEnd() const {
  int64_t waited = context_.clock.MonotonicMicros() - last_cut_micros_;
  if (backlog_ && !slot_.full()) {
    const int64_t age_ms = context_.clock.NowMs() - builder_->first_append_time().value;
    waited = std::max(waited, age_ms * 1000);
  }
  return context_.options.checkpoint_interval_ms * 1000 - waited;
}

Next CountingTask::HandOver() {
  if (slot_.full()) return Next::WhenWoken();
  Checkpoint checkpoint = builder_->Take();
  last_cut_micros_ = context_.clock.MonotonicMicros();
  backlog_ = !std::exchange(cut_at_end_, false);
  board_.SetLiveIds(counter_->live_ids());
  control_.set_leads(builder_->led());
  began_micros_ = last_cut_micros_;
  waiting_since_micros_.reset();
  slot_.Put(std::move(checkpoint));
  return EndsAfterNextCut() ? End() : Next::Now();
}

Next CountingTask::WaitForRecords() {
  if (mode() == RunMode::kDrain) return builder_->empty() ? End() : Next::Now();
  if (follows()) return Next::AfterPause(kLookForBoundaryMs);
  if (builder_->empty()) return Next::WhenWoken();
  return Next::WhenWoken(std::clamp<int64_t>(MicrosUntilCutAtEnd() / 1000, 1, kMaxWaitMs));
}

Next CountingTask::End() {
  slot_.Close();
  return Next::Never();
}

Result<void> CountingTask::Recover() {
  ADTALLY_ASSIGN(const auto stored, context_.store.ReadProgress(partition_));
  auto counter = std::make_unique<PartitionCounter>(partition_, context_.options.counting);
  Progress progress;
  if (stored) {
    progress = *stored;
    ADTALLY_TRY(RecoverFrom(progress, *counter));
  } else {
    // Nothing was delivered: whatever the cache holds is of another history of the log.
    ADTALLY_TRY(context_.cache.DropAfter(partition_, Offset(0)));
    ADTALLY_ASSIGN(progress.end, context_.log.BeginOffset(partition_));
  }
  counter_ = std::move(counter);
  builder_ = std::make_unique<CheckpointBuilder>(partition_, context_.options, context_.log,
                                                 *counter_, progress.end);
  began_micros_ = context_.clock.MonotonicMicros();
  waiting_since_micros_.reset();
  board_.SetLiveIds(counter_->live_ids());
  board_.Recovered(progress.end);
  return {};
}

Result<void> CountingTask::RecoverFrom(const Progress& progress, PartitionCounter& counter) {
  const int64_t started = context_.clock.MonotonicMicros();
  const auto recovery =
      RecoverDedup(context_.log, context_.cache, partition_, context_.options.counting, progress,
                   counter, [this] { return mode() == RunMode::kStop; });
  if (recovery.ok()) {
    context_.logger.Info(fmt::format(
        "partition {}: counting from offset {}; {} event ids remembered, {} records from the cache "
        "and {} from the log, in {} ms",
        partition_.value, progress.end.value, counter.live_ids(), recovery->records_from_cache,
        recovery->records_from_log, (context_.clock.MonotonicMicros() - started) / 1000));
    return {};
  }
  // A log that another aggregator went on with meanwhile lacks nothing: its retention did.
  const auto now = context_.store.ReadProgress(partition_);
  if (now.ok() && *now && (*now)->end > progress.end) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("partition {} was delivered further by another aggregator while "
                             "deduplication was brought back: beginning again from there",
                             partition_.value)};
  }
  return recovery.error();
}

}  // namespace adtally
