#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/strong.h"
#include "counting/checkpoint.h"
#include "counting/click_conversions.h"
#include "counting/dedup_table.h"
#include "counting/minute_rows.h"
#include "counting/reach_users.h"
#include "counting/rejected_events.h"
#include "event/event.h"
#include "event/record_format.h"

namespace adtally {

class JsonEventDecoder;

struct CountingOptions {
  // An event id is counted once within this many hours of append time; an event whose time is
  // further back than this from its append time is late: whether it was counted before can no
  // longer be known. 1 to 29.
  uint32_t dedup_window_hours = 24;
  // Event ids that one partition is made to remember, at about 10 bytes each: sizes the dedup table
  // (see dedup_table.h) and changes nothing of what is counted.
  uint64_t max_ids = 100'000'000;
  RecordFormat record_format = RecordFormat::kProtobuf;
  // Shown what is rejected, unless nullptr; outlives the counter. What is counted again is shown
  // again.
  RejectedEvents* rejected_events = nullptr;
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
  ~PartitionCounter();

  // Starts a checkpoint at this offset. Nothing may be under way.
  void Begin(Offset begin);

  // Whether a record of this append time may join the checkpoint under way: a checkpoint stays
  // within one append hour, so that Rollback need not bring back ids that expired meanwhile.
  bool Fits(AppendTime append_time) const;

  // Counts the record at end(). Append times never fall. A payload that is no event at all, or
  // breaks off, counts as one rejected event where it does. An empty one is a batch without events,
  // but no JSON.
  void Count(AppendTime append_time, std::string_view payload);

  // No record lies in [end(), to): the next one is at `to`.
  void SkipTo(Offset to);

  // Ends the checkpoint before end() and starts the next one there.
  Checkpoint Cut();

  // Undoes everything since Begin or the last Cut, as if it had not been counted. All of it must
  // have Fit.
  void Rollback();

  // Makes room for this many ids at once, so that restoring them does not grow the table step by
  // step.
  void ReserveIds(uint64_t ids);
  // Brings back ids that an earlier checkpoint had to remember, instead of reading its records
  // again. In log order, before Begin. Of `low` of an id only the lowest 16 bits matter.
  void Restore(uint32_t append_hour, std::span<const Hash128> ids);
  // The same from a record itself: only deduplication is told of it.
  void Restore(AppendTime append_time, std::string_view payload);

  Offset begin() const { return begin_; }
  Offset end() const { return end_; }
  bool empty() const { return begin_ == end_; }
  // These may lag behind by the last few events until the checkpoint is cut.
  // Minute rows, and rows of clicks.
  size_t row_count() const { return rows_.size() + click_conversions_.size(); }
  // Event ids that the checkpoint under way has to remember.
  size_t new_id_count() const { return undo_ages_.size(); }
  // Impressions of known users that the checkpoint under way has to remember.
  size_t viewing_count() const { return reach_.size(); }
  uint64_t live_ids() const { return dedup_.live_ids(); }
  size_t dedup_bytes() const { return dedup_.bytes(); }

 private:
  // Events of one or more records that are decoded before the first of them is looked up: the cache
  // misses of all overlap, among themselves and with the decoding.
  static constexpr size_t kBatch = DedupTable::kMaxBatch;
  static_assert(kBatch == MinuteRows::kMaxBatch);

  bool IsJson(std::string_view payload) const;
  template <class OnEvent>
  void Decode(AppendTime append_time, std::string_view payload, LedgerRow& ledger,
              OnEvent on_event);
  void AddToBatch(const Event& event, LedgerRow& ledger);
  void ShowRejected(std::string_view payload);
  // Counts the batch. Its events are all of the minute of append time of `ledger`.
  void CountBatch(LedgerRow& ledger);
  void RememberNewIds(std::span<const uint8_t> ages);
  void RememberViewings(std::span<const uint8_t> ages);
  void CountClickConversions(std::span<const uint8_t> ages);
  void FlushBatch();
  bool Late(const Event& event, AppendTime append_time) const;
  LedgerRow& LedgerOf(AppendTime append_time);
  NewIds& CurrentNewIds();

  const Partition partition_;
  const CountingOptions options_;
  const std::unique_ptr<JsonEventDecoder> json_;  // nullptr for another format
  DedupTable dedup_;
  MinuteRows rows_;
  ReachUsers reach_;
  ClickConversions click_conversions_;
  std::vector<LedgerRow> ledger_;
  std::vector<NewIds> new_ids_;
  std::vector<uint8_t> undo_ages_;  // what the table said of each of new_ids_, in the same order
  size_t expected_new_ids_ = 0;     // as many as the last checkpoint had
  Offset begin_;
  Offset end_;
  AppendTime last_append_time_;
  size_t batch_size_ = 0;
  std::array<Hash128, kBatch> batch_ids_;
  std::array<EventDelta, kBatch> batch_deltas_;
  size_t batch_viewings_size_ = 0;
  std::array<Viewing, kBatch> batch_viewings_;  // of those that have one
  size_t batch_conversions_size_ = 0;
  std::array<ClickConversion, kBatch> batch_conversions_;
};

}  // namespace adtally
