#include "testing/memory_log.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace adtally {
namespace {

Error Dropped(Offset offset, ErrorCode code = ErrorCode::kNotFound) {
  return {code, "offset " + std::to_string(offset.value) + " was dropped"};
}

}  // namespace

MemoryLog::MemoryLog(uint32_t partitions, const Clock& clock, CrashPoints* crash_points,
                     std::string log_id)
    : clock_(clock),
      crash_points_(crash_points),
      log_id_(std::move(log_id)),
      partitions_(partitions) {}

void MemoryLog::RefuseAppends(std::optional<Error> error) {
  std::lock_guard lock(mutex_);
  refusal_ = std::move(error);
}

void MemoryLog::BlockInWaits(bool block) {
  std::lock_guard lock(mutex_);
  block_in_waits_ = block;
}

struct MemoryLog::Contents {
  std::vector<PartitionLog> partitions;
};

std::shared_ptr<const MemoryLog::Contents> MemoryLog::Copy() {
  std::lock_guard lock(mutex_);
  return std::make_shared<const Contents>(Contents{partitions_});
}

void MemoryLog::Replace(const Contents& contents) {
  std::lock_guard lock(mutex_);
  partitions_ = contents.partitions;
}

MemoryLog::PartitionLog& MemoryLog::Log(Partition partition) {
  ADTALLY_CHECK(partition.value < partitions_.size(), "a partition that the log does not have");
  return partitions_[partition.value];
}

bool MemoryLog::Hit(std::string_view where) {
  return crash_points_ != nullptr && crash_points_->Hit(where);
}

bool MemoryLog::Dead() const {
  return crash_points_ != nullptr && crash_points_->crashed();
}

void MemoryLog::AppendAsync(std::vector<Append> records, Done done) {
  done(AppendNow(std::move(records)));
}

Result<void> MemoryLog::AppendNow(std::vector<Append> records) {
  std::lock_guard lock(mutex_);
  if (Hit("log.append.before")) return CrashPoints::Crashed();
  if (refusal_.has_value()) return *refusal_;
  const AppendTime now(clock_.NowMs());
  bool first = true;
  for (auto& [partition, payload] : records) {
    if (!std::exchange(first, false) && Hit("log.append.torn")) return CrashPoints::Crashed();
    PartitionLog& log = Log(partition);
    log.last_append_time = std::max({log.last_append_time, log.claimed, now});
    log.records.push_back({log.last_append_time, std::move(payload)});
    ++appends_;
  }
  grown_.notify_all();
  if (Hit("log.append.after")) return CrashPoints::Crashed();
  return {};
}

Result<void> MemoryLog::Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                             RecordBatch& out) {
  out.Clear();
  std::lock_guard lock(mutex_);
  if (Hit("log.read")) return CrashPoints::Crashed();
  const PartitionLog& log = Log(partition);
  if (from < log.begin) return Dropped(from);
  size_t bytes = 0;
  for (Offset at = from; at < std::min(limit, log.end()); ++at) {
    const StoredRecord& record = log.records[at - log.begin];
    if (!out.empty() && bytes + record.payload.size() > max_bytes) break;
    bytes += record.payload.size();
    out.Add(at, record.append_time, record.payload);
  }
  return {};
}

uint64_t MemoryLog::WaitForAppend(uint64_t seen, int timeout_ms) {
  std::unique_lock lock(mutex_);
  if (Dead() || !block_in_waits_) return appends_;
  grown_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return appends_ != seen; });
  return appends_;
}

Result<Offset> MemoryLog::BeginOffset(Partition partition) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  return Log(partition).begin;
}

Result<Offset> MemoryLog::EndOffset(Partition partition) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  return Log(partition).end();
}

Result<Offset> MemoryLog::OffsetAt(Partition partition, AppendTime time) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  const PartitionLog& log = Log(partition);
  const auto first = std::ranges::lower_bound(log.records, time, {}, &StoredRecord::append_time);
  return log.begin + static_cast<uint64_t>(first - log.records.begin());
}

AppendTime MemoryLog::SafeTime(Partition partition) {
  std::lock_guard lock(mutex_);
  const AppendTime now(clock_.NowMs());
  PartitionLog& log = Log(partition);
  log.claimed = std::max(log.claimed, now);
  return now;
}

Result<void> MemoryLog::AppendBoundary(Partition partition, Boundary boundary) {
  ADTALLY_CHECK(boundary.begin < boundary.end, "a boundary covers at least one record");
  std::lock_guard lock(mutex_);
  if (Hit("log.boundary.before")) return CrashPoints::Crashed();
  PartitionLog& log = Log(partition);
  if (boundary.begin < log.begin) return Dropped(boundary.begin);
  log.boundaries.emplace(boundary.begin, boundary.end);  // keeps an earlier one
  if (Hit("log.boundary.after")) return CrashPoints::Crashed();
  return {};
}

Result<Boundary> MemoryLog::ReadBoundary(Partition partition, Offset begin) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  const PartitionLog& log = Log(partition);
  if (begin < log.begin) return Dropped(begin, ErrorCode::kInvalidArgument);
  const auto it = log.boundaries.find(begin);
  if (it == log.boundaries.end()) {
    return Error{ErrorCode::kNotFound,
                 "no checkpoint begins at offset " + std::to_string(begin.value)};
  }
  return Boundary{it->first, it->second};
}

Result<void> MemoryLog::DropBefore(Partition partition, Offset offset) {
  std::lock_guard lock(mutex_);
  if (Hit("log.drop.before")) return CrashPoints::Crashed();
  PartitionLog& log = Log(partition);
  const Offset begin = std::max(log.begin, std::min(offset, log.end()));
  const auto dropped = static_cast<std::ptrdiff_t>(begin - log.begin);
  if (dropped > 0) {
    log.dropped_up_to = log.records[static_cast<size_t>(dropped) - 1].append_time;
  }
  log.records.erase(log.records.begin(), log.records.begin() + dropped);
  log.boundaries.erase(log.boundaries.begin(), log.boundaries.lower_bound(begin));
  log.begin = begin;
  if (Hit("log.drop.after")) return CrashPoints::Crashed();
  return {};
}

Result<std::optional<AppendTime>> MemoryLog::DroppedUpTo(Partition partition) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  return Log(partition).dropped_up_to;
}

}  // namespace adtally
