#include "testing/memory_checkpoint_store.h"

#include <algorithm>
#include <utility>

namespace adtally {
namespace {

Error InsertFailed() {
  return {ErrorCode::kUnavailable, "the store failed during an insert"};
}

}  // namespace

void AddLedger(LedgerRow& a, const LedgerRow& b) {
  a.append_minute = b.append_minute;
  a.received += b.received;
  a.counted += b.counted;
  a.duplicate += b.duplicate;
  for (size_t i = 0; i < a.invalid.size(); ++i) a.invalid[i] += b.invalid[i];
  a.late += b.late;
  a.rejected += b.rejected;
}

void AddClicks(std::map<MinuteKey, ClickMeasures>& a, std::span<const ClickConversionRow> b) {
  for (const ClickConversionRow& row : b) {
    ClickMeasures& sums = a[row.key];
    sums.conversions += row.conversions;
    sums.invalid_conversions += row.invalid_conversions;
    sums.conversion_value_micros += row.conversion_value_micros;
  }
}

void AddReach(std::map<ReachKey, std::set<uint64_t>>& a, const Reach& b) {
  size_t user = 0;
  for (const ReachGroup& group : b.groups) {
    std::set<uint64_t>& users = a[group.key];
    for (; user < group.users_end; ++user) users.insert(b.users[user]);
  }
}

void MemoryCheckpointStore::ForgetTokens() {
  std::lock_guard lock(mutex_);
  held_.tokens.clear();
}

void MemoryCheckpointStore::FailNextInsert(InsertFailure failure) {
  std::lock_guard lock(mutex_);
  next_failure_ = failure;
}

MemoryCheckpointStore::Contents MemoryCheckpointStore::Copy() const {
  std::lock_guard lock(mutex_);
  return held_;
}

void MemoryCheckpointStore::Replace(Contents contents) {
  std::lock_guard lock(mutex_);
  held_ = std::move(contents);
}

std::map<MinuteKey, Measures> MemoryCheckpointStore::Sums() const {
  std::lock_guard lock(mutex_);
  return held_.sums;
}

std::map<MinuteKey, ClickMeasures> MemoryCheckpointStore::Clicks() const {
  std::lock_guard lock(mutex_);
  return held_.clicks;
}

std::map<Minute, LedgerRow> MemoryCheckpointStore::Ledger() const {
  std::lock_guard lock(mutex_);
  std::map<Minute, LedgerRow> sums;
  for (const auto& [key, row] : held_.ledger) AddLedger(sums[row.append_minute], row);
  return sums;
}

std::map<ReachKey, std::set<uint64_t>> MemoryCheckpointStore::Users() const {
  std::lock_guard lock(mutex_);
  return held_.reach;
}

Result<std::optional<std::string>> MemoryCheckpointStore::ReadLogId() {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  return held_.log_id;
}

Result<void> MemoryCheckpointStore::WriteLogId(const std::string& log_id) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  held_.log_id = log_id;
  return {};
}

Result<std::optional<Progress>> MemoryCheckpointStore::ReadProgress(Partition partition) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  const auto it = held_.progress.find(partition);
  if (it == held_.progress.end()) return std::optional<Progress>();
  return std::optional<Progress>(it->second);
}

Result<std::vector<uint32_t>> MemoryCheckpointStore::ReadReceipts(Partition partition, Offset end,
                                                                  std::span<const uint32_t> hours) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  std::vector<uint32_t> held;
  for (const uint32_t hour : hours) {
    if (held_.receipts.contains({partition, end, hour})) held.push_back(hour);
  }
  return held;
}

Result<void> MemoryCheckpointStore::InsertBlock(const std::string& crash_point,
                                                std::string_view token,
                                                const std::function<void()>& write) {
  const InsertFailure failure = std::exchange(next_failure_, InsertFailure::kNone);
  if (Hit(crash_point + ".before")) return CrashPoints::Crashed();
  if (failure == InsertFailure::kNothingWritten) return InsertFailed();
  if (!token.empty() && !held_.tokens.emplace(token).second) return {};
  if (Hit(crash_point + ".token")) return CrashPoints::Crashed();
  if (failure == InsertFailure::kTokenOnly) return InsertFailed();
  write();
  if (Hit(crash_point + ".after")) return CrashPoints::Crashed();
  if (failure == InsertFailure::kAllWritten) return InsertFailed();
  return {};
}

Result<void> MemoryCheckpointStore::InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows,
                                                     Partition partition, Offset end,
                                                     std::string_view token) {
  std::lock_guard lock(mutex_);
  return InsertBlock("store.insert", token, [&] {
    for (const MinuteRow& row : rows) AddMeasures(held_.sums[row.key], row.measures);
    held_.receipts.insert({partition, end, hour});
  });
}

Result<std::vector<uint32_t>> MemoryCheckpointStore::ReadClickReceipts(
    Partition partition, Offset end, std::span<const uint32_t> months) {
  std::lock_guard lock(mutex_);
  if (Dead()) return CrashPoints::Crashed();
  std::vector<uint32_t> held;
  for (const uint32_t month : months) {
    const auto receipt = held_.click_receipts.find({partition, month});
    if (receipt != held_.click_receipts.end() && receipt->second >= end) held.push_back(month);
  }
  return held;
}

Result<void> MemoryCheckpointStore::InsertClickConversions(uint32_t month,
                                                           std::span<const ClickConversionRow> rows,
                                                           Partition partition, Offset end,
                                                           std::string_view token) {
  std::lock_guard lock(mutex_);
  return InsertBlock("store.clicks", token, [&] {
    AddClicks(held_.clicks, rows);
    Offset& furthest = held_.click_receipts[{partition, month}];
    furthest = std::max(furthest, end);
  });
}

Result<void> MemoryCheckpointStore::InsertLedger(Partition partition, Offset end,
                                                 std::span<const LedgerRow> rows) {
  std::lock_guard lock(mutex_);
  if (Hit("store.ledger.before")) return CrashPoints::Crashed();
  for (const LedgerRow& row : rows) held_.ledger[{row.append_minute, partition, end}] = row;
  if (Hit("store.ledger.after")) return CrashPoints::Crashed();
  return {};
}

Result<void> MemoryCheckpointStore::InsertReach(Partition, const Reach& reach) {
  std::lock_guard lock(mutex_);
  if (Hit("store.reach.before")) return CrashPoints::Crashed();
  AddReach(held_.reach, reach);
  if (Hit("store.reach.after")) return CrashPoints::Crashed();
  return {};
}

Result<void> MemoryCheckpointStore::WriteProgress(Partition partition, Progress progress) {
  std::lock_guard lock(mutex_);
  if (Hit("store.progress.before")) return CrashPoints::Crashed();
  Progress& furthest = held_.progress[partition];
  if (furthest.end < progress.end) furthest = progress;
  if (Hit("store.progress.after")) return CrashPoints::Crashed();
  return {};
}

}  // namespace adtally
