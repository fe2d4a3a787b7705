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

}  // namespace

CountingTask::CountingTask(Partition partition, const AggregatorContext& context,
                           CheckpointSlot& slot, PartitionBoard& board)
    : partition_(partition), context_(context), slot_(slot), board_(board) {}

Next CountingTask::RunSlice() {
  const auto next = Count();
  if (next.ok()) return *next;
  board_.SetCountingError(next.error().message);
  // A log that lost what was delivered from it must not come right by growing.
  if (mode() != RunMode::kRun || next.error().code == ErrorCode::kCorrupt) return End();
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
    ADTALLY_ASSIGN(auto outcome, builder_->Step(CutDueWhileBehind()));
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

// While there is more to read a checkpoint grows, since large ones cost less an event, but none is
// counted for longer than the interval.
bool CountingTask::CutDueWhileBehind() const {
  return context_.clock.MonotonicMicros() - begun_micros_ >=
         context_.options.checkpoint_interval_ms * 1000;
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
  slot_.Put(std::move(checkpoint));
  return Next::Now();
}

Next CountingTask::WaitForRecords() {
  if (mode() == RunMode::kDrain) return builder_->empty() ? End() : Next::Now();
  if (builder_->empty()) return Next::WhenWoken();
  return Next::WhenWoken(std::clamp<int64_t>(MicrosUntilCutAtEnd() / 1000, 1, kMaxWaitMs));
}

Next CountingTask::End() {
  slot_.Close();
  return Next::Never();
}

Result<void> CountingTask::Recover() {
  const int64_t started = context_.clock.MonotonicMicros();
  ADTALLY_ASSIGN(const auto stored, context_.store.ReadProgress(partition_));
  auto counter = std::make_unique<PartitionCounter>(partition_, context_.options.counting);
  Progress progress;
  if (stored) {
    progress = *stored;
    ADTALLY_ASSIGN(const DedupRecovery recovery,
                   RecoverDedup(context_.log, context_.cache, partition_, context_.options.counting,
                                progress, *counter));
    context_.logger.Info(fmt::format(
        "partition {}: counting from offset {}; {} event ids remembered, {} records from the cache "
        "and {} from the log, in {} ms",
        partition_.value, progress.end.value, counter->live_ids(), recovery.records_from_cache,
        recovery.records_from_log, (context_.clock.MonotonicMicros() - started) / 1000));
  } else {
    // Nothing was delivered: whatever the cache holds is of another history of the log.
    ADTALLY_TRY(context_.cache.DropAfter(partition_, Offset(0)));
    ADTALLY_ASSIGN(progress.end, context_.log.BeginOffset(partition_));
  }
  counter_ = std::move(counter);
  builder_ = std::make_unique<CheckpointBuilder>(partition_, context_.options, context_.log,
                                                 *counter_, progress.end);
  board_.SetLiveIds(counter_->live_ids());
  board_.Recovered(progress.end);
  return {};
}

}  // namespace adtally
