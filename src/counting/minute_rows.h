#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "counting/checkpoint.h"
#include "event/event.h"

namespace adtally {

// Folds events into minute rows: the sums of each (minute, dimensions). Not thread-safe.
class MinuteRows {
 public:
  MinuteRows();

  // Adds one event that was counted or, with an invalid_reason, one that was found invalid.
  void Add(const Event& event);

  size_t size() const { return rows_.size(); }
  // Invariant: the rows come out sorted by MinuteKey, one row a key, whatever the order of Add.
  std::vector<MinuteRow> Sorted() const;
  // Forgets all rows; keeps the memory.
  void Clear();

 private:
  // A MinuteKey packed so that comparing the words in order compares the keys.
  using PackedKey = std::array<uint64_t, 4>;
  struct Row {
    PackedKey key;
    Measures measures;
  };

  static PackedKey Pack(const Event& event);
  static MinuteKey Unpack(const PackedKey& key);
  Measures& Find(const PackedKey& key);
  void Grow();

  std::vector<uint32_t> index_;  // open addressing by hash of the key: row number + 1, 0 when empty
  std::vector<Row> rows_;
};

}  // namespace adtally
