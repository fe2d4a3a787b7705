#include "aggregator/partition_board.h"

#include <fmt/format.h>

#include <utility>

namespace adtally {

PartitionBoard::PartitionBoard(Partition partition, uint64_t max_ids, EventLog& log, Logger& logger)
    : log_(log), logger_(logger) {
  status_.partition = partition;
  status_.max_ids = max_ids;
}

void PartitionBoard::Recovered(Offset delivered_to) {
  std::lock_guard lock(mutex_);
  status_.recovered = true;
  status_.delivered_to = delivered_to;
}

void PartitionBoard::SetLiveIds(uint64_t live_ids) {
  std::lock_guard lock(mutex_);
  status_.live_ids = live_ids;
}

void PartitionBoard::Delivered(const Checkpoint& checkpoint) {
  std::lock_guard lock(mutex_);
  status_.delivered_to = checkpoint.end;
  ++status_.checkpoints;
  for (const LedgerRow& row : checkpoint.ledger) {
    status_.events_received += row.received;
    status_.events_counted += row.counted;
    status_.events_duplicate += row.duplicate;
  }
}

void PartitionBoard::SetCountingError(std::string message) {
  SetError(counting_error_, std::move(message));
}

void PartitionBoard::SetDeliveryError(std::string message) {
  SetError(delivery_error_, std::move(message));
}

void PartitionBoard::SetError(std::string& of_task, std::string message) {
  std::lock_guard lock(mutex_);
  if (message != of_task && !message.empty()) {
    logger_.Error(fmt::format("partition {}: {}", status_.partition.value, message));
  }
  of_task = std::move(message);
  status_.error = delivery_error_.empty() ? counting_error_ : delivery_error_;
}

std::optional<Offset> PartitionBoard::delivered_to() const {
  std::lock_guard lock(mutex_);
  if (!status_.recovered) return std::nullopt;
  return status_.delivered_to;
}

PartitionStatus PartitionBoard::status() const {
  PartitionStatus status;
  {
    std::lock_guard lock(mutex_);
    status = status_;
  }
  // In this order: what becomes readable after the first call has at least that append time.
  const AppendTime safe_time = log_.SafeTime(status.partition);
  const auto log_end = log_.RecentEnd(status.partition);
  status.log_end = log_end.ok() ? *log_end : status.delivered_to;
  if (!log_end.ok() || !status.recovered) return status;
  if (status.delivered_to >= *log_end) {
    status.complete_to_ms = safe_time.value;
    return status;
  }
  const auto oldest_undelivered = log_.AppendTimeOf(status.partition, status.delivered_to);
  if (oldest_undelivered.ok()) status.complete_to_ms = oldest_undelivered->value;
  return status;
}

}  // namespace adtally
