#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/zeroed_memory.h"
#include "counting/checkpoint.h"
#include "counting/row_sorter.h"
#include "event/event.h"

namespace adtally {

// What one event adds to its minute row: all that counting needs of it once it is decoded.
struct EventDelta {
  // Minute and dimensions packed so that comparing the words in order compares the MinuteKeys. The
  // lowest bit is set for a duplicate.
  std::array<uint64_t, 3> key;
  int64_t cost_micros;
  int64_t value_micros;
  uint32_t hash;  // of the key
  EventType type;
  InvalidReason invalid_reason;
};
EventDelta DeltaOf(const Event& event);
// The same event as one that was received again: it adds to its row's duplicates and nothing else.
EventDelta AsDuplicate(const EventDelta& delta);

// Folds events into minute rows: the sums of each (minute, dimensions). Not thread-safe.
class MinuteRows {
 public:
  MinuteRows();

  // Fetches what adding the event will need first into the cache.
  [[gnu::always_inline]] void Prefetch(const EventDelta& delta) const {
    __builtin_prefetch(&index_[delta.hash & (index_.size() - 1)], 1);
  }

  // Adds events that were counted or, with an invalid_reason, found invalid, or are duplicates. Up
  // to 2^32 events a row, and kMaxBatch at a time, whose cache misses overlap.
  static constexpr size_t kMaxBatch = 128;
  void Add(std::span<const EventDelta> deltas);

  // At least as many as Sorted gives.
  size_t size() const { return rows_.size(); }
  // Invariant: the rows come out sorted by MinuteKey, one row a key, whatever the order of Add.
  std::vector<MinuteRow> Sorted();
  // Forgets all rows in time proportional to their number; keeps the memory.
  void Clear();

 private:
  // One cache line. The duplicates of a key are a row of their own, with the bit of the key that
  // says so, which sorts right behind the key's other row.
  struct alignas(64) Row {
    std::array<uint64_t, 3> key;
    std::array<uint32_t, 6> counts;  // impressions, clicks, conversions; the same, invalid
    int64_t spend_micros;
    int64_t conversion_value_micros;
  };
  static_assert(sizeof(Row) == 64);

  Row& FindOrAdd(const EventDelta& delta);
  void GrowIndex();
  static MinuteKey UnpackKey(const Row& row);
  static Measures MeasuresOf(const Row& row);

  // Open addressing by hash: the upper half of an entry is the hash, the lower half the row's
  // number + 1; 0 is empty. At most half full.
  std::vector<uint64_t, HugePageAllocator<uint64_t>> index_;
  std::vector<Row, HugePageAllocator<Row>> rows_;
  RowSorter sorter_;
};

}  // namespace adtally
