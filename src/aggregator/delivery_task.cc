#include "aggregator/delivery_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aggregator/retention.h"

namespace adtally {
namespace {

using Next = TaskPool::Next;

constexpr int kDrainAttempts = 5;
// How often a wait looks again: a clock turned by hand may jump.
constexpr int64_t kMaxWaitMs = 25;

}  // namespace

DeliveryTask::DeliveryTask(Partition partition, const AggregatorContext& context,
                           const PartitionControl& control, CheckpointSlot& slot,
                           PartitionBoard& board)
    : partition_(partition), context_(context), control_(control), slot_(slot), board_(board) {}

Next DeliveryTask::RunSlice() {
  if (!under_way_) {
    auto checkpoint = slot_.Take();
    if (!checkpoint) return slot_.finished() ? Next::Never() : Next::WhenWoken();
    under_way_.emplace(*std::move(checkpoint), context_);
  }
  if (const int64_t wait = MicrosToWait(); wait > 0) {
    return Next::WhenWoken(std::min(wait / 1000 + 1, kMaxWaitMs));
  }
  while (control_.mode() != RunMode::kStop) {
    const auto done = under_way_->delivery.Step();
    if (!done.ok()) return Failed(done.error());
    if (under_way_->failures > 0) board_.SetDeliveryError("");
    if (!*done) continue;
    Delivered();
    under_way_.reset();
    return Next::Now();
  }
  return Next::Never();
}

// What another aggregator cut is another's to deliver, if it does so in time. Not when that would
// hold up counting.
int64_t DeliveryTask::MicrosToWait() const {
  if (control_.leads() || slot_.full() || control_.mode() != RunMode::kRun) return 0;
  return under_way_->taken_micros + context_.options.standby_patience_ms * 1000 -
         context_.clock.MonotonicMicros();
}

Next DeliveryTask::Failed(const Error& error) {
  board_.SetDeliveryError(error.message);
  // At shutdown a store that stays away is not waited for: the next start delivers.
  if (control_.mode() != RunMode::kRun && ++under_way_->failures_while_draining >= kDrainAttempts) {
    slot_.Abandon();
    return Next::Never();
  }
  return Next::AfterPause(RetryPauseMs(under_way_->failures++));
}

void DeliveryTask::Delivered() {
  if (const auto& cached = under_way_->delivery.cache_result(); !cached.ok()) {
    context_.logger.Warning(fmt::format("partition {}: {}; the next start reads the log instead",
                                        partition_.value, cached.error().message));
  }
  board_.Delivered(under_way_->checkpoint);
  DropOldRecordsHourly();
}

void DeliveryTask::DropOldRecordsHourly() {
  const Checkpoint& checkpoint = under_way_->checkpoint;
  const int64_t hour = checkpoint.last_append_time.value / kMillisPerHour;
  if (hour == last_retention_hour_) return;
  last_retention_hour_ = hour;
  const auto dropped = DropOldRecords(context_.log, context_.cache, partition_, context_.options,
                                      {checkpoint.end, checkpoint.last_append_time});
  if (dropped.ok()) return;
  context_.logger.Warning(
      fmt::format("partition {}: old records could not be dropped, trying again in an hour: {}",
                  partition_.value, dropped.error().message));
}

}  // namespace adtally
