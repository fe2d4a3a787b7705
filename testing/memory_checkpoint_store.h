#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "aggregator/checkpoint_store.h"
#include "testing/crash_points.h"

namespace adtally {

// The sums of conversions by click.
struct ClickMeasures {
  uint64_t conversions = 0;
  uint64_t invalid_conversions = 0;
  int64_t conversion_value_micros = 0;
  friend bool operator==(const ClickMeasures&, const ClickMeasures&) = default;
};

// A checkpoint store in memory that loses what the real one can lose. Like a plain MergeTree it
// writes a block's token before its part: a crash or a failure in between leaves the token without
// the rows. Thread-safe.
//
// Crash points: store.insert.before, store.insert.token (token written, part not),
// store.insert.after, the same of store.clicks, store.ledger.before and after, store.reach.before
// and after, store.progress.before and after.
class MemoryCheckpointStore final : public CheckpointStore {
 public:
  // `crash_points` must outlive the store; without them it never crashes.
  explicit MemoryCheckpointStore(CrashPoints* crash_points = nullptr)
      : crash_points_(crash_points) {}

  // What the embedded store does when it starts.
  void ForgetTokens();
  // What a store says that never does.
  void set_may_keep_tokens(bool may) { may_keep_tokens_ = may; }

  // How the next inserts fail without a crash: the caller gets an error.
  enum class InsertFailure { kNone, kNothingWritten, kTokenOnly, kAllWritten };
  void FailNextInsert(InsertFailure failure);

  // Everything that the store holds: for a backup that is restored later.
  struct Contents {
    std::optional<std::string> log_id;
    std::set<std::string, std::less<>> tokens;
    std::set<std::tuple<Partition, Offset, uint32_t>> receipts;
    std::map<MinuteKey, Measures> sums;
    std::map<std::pair<Partition, uint32_t>, Offset> click_receipts;  // the furthest of each month
    std::map<MinuteKey, ClickMeasures> clicks;
    std::map<std::tuple<Minute, Partition, Offset>, LedgerRow> ledger;
    std::map<ReachKey, std::set<uint64_t>> reach;  // users
    std::map<Partition, Progress> progress;
  };
  Contents Copy() const;
  void Replace(Contents contents);

  // The sums of all delivered rows, receipts left out.
  std::map<MinuteKey, Measures> Sums() const;
  // The same of conversions by click.
  std::map<MinuteKey, ClickMeasures> Clicks() const;
  // The sums of the ledger by minute, duplicate deliveries replaced.
  std::map<Minute, LedgerRow> Ledger() const;
  std::map<ReachKey, std::set<uint64_t>> Users() const;

  Result<std::optional<std::string>> ReadLogId() override;
  Result<void> WriteLogId(const std::string& log_id) override;
  Result<std::optional<Progress>> ReadProgress(Partition partition) override;
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override;
  Result<std::vector<uint32_t>> ReadClickReceipts(Partition partition, Offset end,
                                                  std::span<const uint32_t> months) override;
  Result<void> InsertClickConversions(uint32_t month, std::span<const ClickConversionRow> rows,
                                      Partition partition, Offset end,
                                      std::string_view token) override;
  Result<void> InsertLedger(Partition partition, Offset end,
                            std::span<const LedgerRow> rows) override;
  Result<void> InsertReach(Partition partition, const Reach& reach) override;
  Result<void> WriteProgress(Partition partition, Progress progress) override;
  bool MayKeepTokensWithoutRows() const override { return may_keep_tokens_; }

 private:
  bool Hit(std::string_view where) { return crash_points_ != nullptr && crash_points_->Hit(where); }
  bool Dead() const { return crash_points_ != nullptr && crash_points_->crashed(); }

  // Where an insert that came so far ends: writes what it should, unless the token is known.
  Result<void> InsertBlock(const std::string& crash_point, std::string_view token,
                           const std::function<void()>& write);

  CrashPoints* const crash_points_;
  bool may_keep_tokens_ = false;
  mutable std::mutex mutex_;
  InsertFailure next_failure_ = InsertFailure::kNone;
  Contents held_;
};

// Adds b to a.
void AddClicks(std::map<MinuteKey, ClickMeasures>& a, std::span<const ClickConversionRow> b);
void AddLedger(LedgerRow& a, const LedgerRow& b);
void AddReach(std::map<ReachKey, std::set<uint64_t>>& a, const Reach& b);

}  // namespace adtally
