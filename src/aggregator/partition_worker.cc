#include "aggregator/partition_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "aggregator/dedup_recovery.h"
#include "aggregator/delivery.h"
#include "aggregator/retention.h"

namespace adtally {
namespace {

// How long a thread sleeps before it looks again whether it is to stop.
constexpr int kWaitMs = 100;
constexpr int kMaxPauseMs = 2000;
constexpr int kDrainAttempts = 5;

std::string Name(Partition partition) {
  return fmt::format("partition {}", partition.value);
}

}  // namespace

PartitionWorker::PartitionWorker(Partition partition, const AggregatorOptions& options,
                                 std::string topic, EventLog& log, CheckpointStore& store,
                                 IdCache& cache, const Clock& clock, Logger& logger)
    : partition_(partition),
      options_(options),
      topic_(std::move(topic)),
      log_(log),
      store_(store),
      cache_(cache),
      clock_(clock),
      logger_(logger) {
  status_.partition = partition;
  counting_ = std::thread([this] { Count(); });
  delivering_ = std::thread([this] { Deliver(); });
}

PartitionWorker::~PartitionWorker() {
  stopping_ = true;
  queue_.Close();
  if (counting_.joinable()) counting_.join();
  if (delivering_.joinable()) delivering_.join();
}

void PartitionWorker::Drain() {
  draining_ = true;
  if (counting_.joinable()) counting_.join();
  queue_.Close();
  if (delivering_.joinable()) delivering_.join();
}

void PartitionWorker::Count() {
  for (int attempt = 0; !stopping_; ++attempt) {
    auto result = CountUntilStopped();
    if (result.ok()) return;
    SetError(counting_error_, result.error().message);
    // A log that lost what was delivered from it must not come right by growing.
    if (draining_ || result.error().code == ErrorCode::kCorrupt) return;
    Pause(attempt);
  }
}

// The step that failed is repeated by the next call: nothing counted is lost.
Result<void> PartitionWorker::CountUntilStopped() {
  if (builder_ == nullptr) ADTALLY_TRY(Recover());
  ADTALLY_TRY(CheckIdBudget());
  SetError(counting_error_, "");
  while (!stopping_) {
    ADTALLY_ASSIGN(const auto outcome, builder_->Step(CutDue()));
    if (outcome == CheckpointBuilder::Outcome::kReady) {
      if (!queue_.Push(TakeCheckpoint())) return {};
      ADTALLY_TRY(CheckIdBudget());
    } else if (outcome == CheckpointBuilder::Outcome::kIdle) {
      if (draining_ && builder_->empty()) return {};
      if (!draining_) log_.WaitForRecord(partition_, builder_->next_offset(), kWaitMs);
    }
  }
  return {};
}

Checkpoint PartitionWorker::TakeCheckpoint() {
  Checkpoint checkpoint = builder_->Take();
  last_cut_micros_ = clock_.MonotonicMicros();
  std::lock_guard lock(mutex_);
  status_.live_ids = counter_->live_ids();
  return checkpoint;
}

Result<void> PartitionWorker::CheckIdBudget() const {
  const uint64_t ids = counter_->live_ids();
  const uint64_t budget = options_.max_ids_per_partition;
  if (ids <= budget) return {};
  return Error{
      ErrorCode::kResourceExhausted,
      fmt::format(
          "deduplication remembers {} event ids ({} MiB) of the last {} h, and aggregator.max_ids "
          "allows {} a partition: raise it (about 11 bytes an id) or lower "
          "aggregator.dedup_window_hours; counting waits, nothing is lost",
          ids, counter_->dedup_bytes() >> 20, options_.counting.dedup_window_hours + 1, budget)};
}

bool PartitionWorker::CutDue() const {
  return draining_ ||
         clock_.MonotonicMicros() - last_cut_micros_ >= options_.checkpoint_interval_ms * 1000;
}

Result<void> PartitionWorker::Recover() {
  const int64_t started = clock_.MonotonicMicros();
  ADTALLY_ASSIGN(const auto stored, store_.ReadProgress(partition_));
  auto counter = std::make_unique<PartitionCounter>(partition_, options_.counting);
  Progress progress;
  if (stored) {
    progress = *stored;
    ADTALLY_ASSIGN(const DedupRecovery recovery,
                   RecoverDedup(log_, cache_, partition_, options_.counting, progress, *counter));
    logger_.Info(fmt::format(
        "{}: counting from offset {}; {} event ids remembered, {} records from the cache and {} "
        "from the log, in {} ms",
        Name(partition_), progress.end.value, counter->live_ids(), recovery.records_from_cache,
        recovery.records_from_log, (clock_.MonotonicMicros() - started) / 1000));
  } else {
    ADTALLY_ASSIGN(progress.end, log_.BeginOffset(partition_));
  }
  counter_ = std::move(counter);
  builder_ =
      std::make_unique<CheckpointBuilder>(partition_, options_, log_, *counter_, progress.end);
  std::lock_guard lock(mutex_);
  status_.recovered = true;
  status_.delivered_to = progress.end;
  return {};
}

void PartitionWorker::Deliver() {
  while (auto checkpoint = queue_.Pop()) {
    if (DeliverOne(*checkpoint)) continue;
    // What follows must not be delivered over the gap: the next start counts it again.
    stopping_ = true;
    queue_.Close();
    return;
  }
}

bool PartitionWorker::DeliverOne(const Checkpoint& checkpoint) {
  Delivery delivery(checkpoint, topic_, store_, cache_);
  int attempts_while_draining = 0;
  for (int attempt = 0; !stopping_;) {
    const auto done = delivery.Step();
    if (!done.ok()) {
      SetError(delivery_error_, done.error().message);
      // At shutdown a store that stays away is not waited for: the next start delivers.
      if (draining_ && ++attempts_while_draining >= kDrainAttempts) return false;
      Pause(attempt++);
      continue;
    }
    if (attempt > 0) SetError(delivery_error_, "");
    if (!*done) continue;
    if (!delivery.cache_result().ok()) {
      logger_.Warning(fmt::format("{}: {}; the next start reads the log instead", Name(partition_),
                                  delivery.cache_result().error().message));
    }
    Delivered(checkpoint);
    return true;
  }
  return false;
}

void PartitionWorker::Delivered(const Checkpoint& checkpoint) {
  {
    std::lock_guard lock(mutex_);
    status_.delivered_to = checkpoint.end;
    ++status_.checkpoints;
    for (const LedgerRow& row : checkpoint.ledger) {
      status_.events_received += row.received;
      status_.events_counted += row.counted;
      status_.events_duplicate += row.duplicate;
    }
  }
  DropOldRecordsHourly(checkpoint);
}

void PartitionWorker::DropOldRecordsHourly(const Checkpoint& checkpoint) {
  const int64_t hour = checkpoint.last_append_time.value / kMillisPerHour;
  if (hour == last_retention_hour_) return;
  last_retention_hour_ = hour;
  const auto dropped = DropOldRecords(log_, cache_, partition_, options_,
                                      {checkpoint.end, checkpoint.last_append_time});
  if (dropped.ok()) return;
  logger_.Warning(fmt::format("{}: old records could not be dropped, trying again in an hour: {}",
                              Name(partition_), dropped.error().message));
}

PartitionStatus PartitionWorker::status() const {
  PartitionStatus status;
  {
    std::lock_guard lock(mutex_);
    status = status_;
  }
  // In this order: what becomes readable after the first call has at least that append time.
  const AppendTime safe_time = log_.SafeTime(partition_);
  const auto log_end = log_.EndOffset(partition_);
  status.log_end = log_end.ok() ? *log_end : status.delivered_to;
  if (!log_end.ok() || !status.recovered) return status;
  if (status.delivered_to >= *log_end) {
    status.complete_to_ms = safe_time.value;
    return status;
  }
  std::vector<Record> oldest_undelivered;
  const auto read =
      log_.Read(partition_, status.delivered_to, status.delivered_to + 1, 1, oldest_undelivered);
  if (read.ok() && !oldest_undelivered.empty()) {
    status.complete_to_ms = oldest_undelivered.front().append_time.value;
  }
  return status;
}

void PartitionWorker::Pause(int attempt) {
  const int pause_ms = std::min(kMaxPauseMs, 50 << std::min(attempt, 10));
  for (int waited = 0; waited < pause_ms && !stopping_; waited += kWaitMs / 2) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kWaitMs / 2));
  }
}

void PartitionWorker::SetError(std::string& of_thread, std::string message) {
  std::lock_guard lock(mutex_);
  if (message != of_thread && !message.empty()) {
    logger_.Error(fmt::format("{}: {}", Name(partition_), message));
  }
  of_thread = std::move(message);
  status_.error = delivery_error_.empty() ? counting_error_ : delivery_error_;
}

}  // namespace adtally
