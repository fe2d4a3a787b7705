#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "testing/passing_checkpoint_store.h"

// Bugs of delivery, planted between it and the store.
namespace adtally::planted {

class ProgressBeforeRows final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override {
    ADTALLY_TRY(store_.WriteProgress(partition, {end, AppendTime(1'790'000'000'000)}));
    return store_.ReadReceipts(partition, end, hours);
  }
};

class ReceiptsNotAskedFor final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<std::vector<uint32_t>> ReadReceipts(Partition, Offset,
                                             std::span<const uint32_t>) override {
    return std::vector<uint32_t>();
  }
};

class TokenLeftOut final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view) override {
    return store_.InsertMinuteRows(hour, rows, partition, end, "");
  }
};

class ClickReceiptsNotAskedFor final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<std::vector<uint32_t>> ReadClickReceipts(Partition, Offset,
                                                  std::span<const uint32_t>) override {
    return std::vector<uint32_t>();
  }
};

class ClickTokenLeftOut final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertClickConversions(uint32_t month, std::span<const ClickConversionRow> rows,
                                      Partition partition, Offset end, std::string_view) override {
    return store_.InsertClickConversions(month, rows, partition, end, "");
  }
};

// A month's receipt as if it spoke for the checkpoints after it too.
class AnyClickReceiptBelieved final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<std::vector<uint32_t>> ReadClickReceipts(Partition partition, Offset,
                                                  std::span<const uint32_t> months) override {
    return store_.ReadClickReceipts(partition, Offset(1), months);
  }
};

class FailedClicksTakenForDone final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertClickConversions(uint32_t month, std::span<const ClickConversionRow> rows,
                                      Partition partition, Offset end,
                                      std::string_view token) override {
    (void)store_.InsertClickConversions(month, rows, partition, end, token).ok();
    return {};
  }
};

class FailedInsertTakenForDone final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    (void)store_.InsertMinuteRows(hour, rows, partition, end, token).ok();
    return {};
  }
};

class LedgerForgottenAfterFailure final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertLedger(Partition partition, Offset end,
                            std::span<const LedgerRow> rows) override {
    (void)store_.InsertLedger(partition, end, rows).ok();
    return {};
  }
};

class ReachForgottenAfterFailure final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertReach(Partition partition, const Reach& reach) override {
    (void)store_.InsertReach(partition, reach).ok();
    return {};
  }
};

// What follows progress is left out when a process ends in between.
class ReachAfterProgress final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertReach(Partition partition, const Reach& reach) override {
    held_back_[partition] = reach;
    return {};
  }
  Result<void> WriteProgress(Partition partition, Progress progress) override {
    ADTALLY_TRY(store_.WriteProgress(partition, progress));
    const auto held_back = held_back_.extract(partition);
    return held_back.empty() ? Result<void>() : store_.InsertReach(partition, held_back.mapped());
  }

 private:
  std::map<Partition, Reach> held_back_;
};

// Where a failed insert left its token without its rows, the retry is skipped and counts as done.
class ReceiptsNotAskedAgain final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  // The first that a delivery asks, and a process that starts.
  Result<std::optional<Progress>> ReadProgress(Partition partition) override {
    asked_.erase(partition);
    return store_.ReadProgress(partition);
  }
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override {
    if (asked_.contains(partition)) return std::vector(hours.begin(), hours.end());
    auto held = store_.ReadReceipts(partition, end, hours);
    if (held.ok()) asked_.insert(partition);
    return held;
  }

 private:
  std::set<Partition> asked_;
};

// Once a failed insert left its token without its rows, no retry gets through.
class RetryUnderTheSameToken final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    if (std::ranges::count(token, '/') == 4) token = token.substr(0, token.rfind('/'));
    return store_.InsertMinuteRows(hour, rows, partition, end, token);
  }
};

}  // namespace adtally::planted
