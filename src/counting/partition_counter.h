#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/strong.h"
#include "counting/checkpoint.h"
#include "counting/dedup_table.h"
#include "counting/minute_rows.h"
#include "event/event.h"

namespace adtally {

struct CountingOptions {
  // An event id is counted once within this many hours of append time; an event whose time is
  // further back than this from its append time is late: whether it was counted before can no
  // longer be known. 1 to 29.
  uint32_t dedup_window_hours = 24;
  // 2^this pages of the dedup table, 16 bytes each: see dedup_table.h. Does not change what is
  // counted.
  int dedup_page_bits = 18;
};

// Counts the records of one partition: decode, judge the time, deduplicate, filter invalid traffic,
// fold.
//
// What it returns is a function of the records of the checkpoint and of the deduplication window
// before each of them: no clock, no threads, no dependence on how records are grouped into calls.
// Deduplication comes before the filter, so that the first judgement on an id stands, whatever its
// retries look like. Not thread-safe.
class PartitionCounter {
 public:
  PartitionCounter(Partition partition, CountingOptions options);

  // Starts a checkpoint at this offset. Nothing may be under way.
  void Begin(Offset begin);

  // Whether a record of this append time may join the checkpoint under way: a checkpoint stays
  // within one append hour, so that Rollback need not bring back ids that expired meanwhile.
  bool Fits(AppendTime append_time) const;

  // Counts the record at end(). Append times never fall.
  void Count(AppendTime append_time, std::string_view payload);

  // Ends the checkpoint before end() and starts the next one there.
  Checkpoint Cut();

  // Undoes everything since Begin or the last Cut, as if it had not been counted. All of it must
  // have Fit.
  void Rollback();

  // Brings back what an earlier checkpoint had to remember, instead of reading its records again.
  // In log order, before Begin.
  void Restore(std::span<const NewIds> new_ids);
  // The same from a record itself: only deduplication is told of it.
  void Restore(AppendTime append_time, std::string_view payload);

  Offset begin() const { return begin_; }
  Offset end() const { return end_; }
  bool empty() const { return begin_ == end_; }
  size_t row_count() const { return rows_.size(); }
  // Event ids that the checkpoint under way has to remember.
  size_t new_id_count() const { return undo_ages_.size(); }
  uint64_t live_ids() const { return dedup_.live_ids(); }
  size_t dedup_bytes() const { return dedup_.bytes(); }

 private:
  // Events that are decoded before the first of them is looked up, so that cache misses overlap.
  static constexpr size_t kBatch = 64;

  void Flush(size_t count, AppendTime append_time, LedgerRow& ledger);
  bool Late(const Event& event, AppendTime append_time) const;
  LedgerRow& LedgerOf(AppendTime append_time);
  NewIds& NewIdsOf(uint32_t append_hour);

  const Partition partition_;
  const CountingOptions options_;
  DedupTable dedup_;
  MinuteRows rows_;
  std::vector<LedgerRow> ledger_;
  std::vector<NewIds> new_ids_;
  std::vector<uint8_t> undo_ages_;  // what the table said of each of new_ids_, in the same order
  Offset begin_;
  Offset end_;
  AppendTime last_append_time_;
  std::array<Event, kBatch> events_;
  std::array<Hash128, kBatch> hashes_;
  std::array<uint8_t, kBatch> ages_;
};

}  // namespace adtally
