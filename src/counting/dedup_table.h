#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/hash.h"
#include "counting/dedup_shard.h"

namespace adtally {

struct DedupOptions {
  // An id last seen in append hour h is remembered up to and including append hour h +
  // window_hours. At most 30.
  uint32_t window_hours = 25;
  // How many ids it is made for: the table takes half a byte for each of them once ids come, and
  // the bound of false drops below holds up to here. More ids fit.
  uint64_t max_ids = 100'000'000;
  // Bits of a fingerprint that are told apart. Fewer only to make false drops observable in tests.
  int fingerprint_bits = DedupShard::kFingerprintBits;
};

// The event ids of one partition that were seen within the deduplication window of append time, and
// the hour in which each was last seen. Since every sight counts, also that of a duplicate, the
// content depends on nothing but the ids of the last window_hours: a table filled from that part of
// the log alone equals one that saw everything.
//
// An id is 80 bits of its hash: `high` and the lowest 16 bits of `low`. The first UnitBits(max_ids)
// choose one of 32 shards and a unit in it, the 55 that follow are the fingerprint: see
// dedup_shard.h. Inserting never pauses for more than the growth of one shard, about 10 ns an id in
// it. An id expires when its hour does, without a scan: its slot can be overwritten from then on.
// Each shard is swept of what was not every 32 hours, so that no slot grows as old as the tags'
// cycle.
//
// False drops: an id that was never seen is taken for a duplicate only when another id agrees with
// it in all UnitBits + 55 bits. With n ids remembered that has probability n * 2^-(UnitBits + 55)
// for each new id. UnitBits is the least b from 5 to 25 with 2^b >= max_ids / 32, so for
// n <= max_ids <= 2^30 it is at most 32 * 2^-55 = 8.9e-16.
//
// The decision depends only on the sequence of inserts and hours. Not thread-safe.
class DedupTable {
 public:
  explicit DedupTable(DedupOptions options = {});

  // Sets the append hour (hours since the epoch) of the inserts that follow. It never falls.
  void AdvanceTo(uint32_t append_hour);

  // What Insert says of an id that is not remembered.
  static constexpr uint8_t kNeverSeen = DedupShard::kNeverSeen;

  // Notes that the id was seen in the current hour. Returns how many hours ago it was last seen (0:
  // in this hour), or kNeverSeen.
  uint8_t Insert(Hash128 id);

  // Insert for each id in order: ages[i] = Insert(ids[i]). At most kMaxBatch ids, whose cache
  // misses overlap.
  static constexpr size_t kMaxBatch = 128;
  void InsertBatch(std::span<const Hash128> ids, std::span<uint8_t> ages);

  // Undoes an Insert of the current hour that returned `age`. Undo in any order, each id once.
  void Undo(Hash128 id, uint8_t age);

  // Makes room for this many ids in all, so that they can be inserted without growing on the way.
  void Reserve(uint64_t ids);

  bool Contains(Hash128 id) const;
  uint64_t live_ids() const;
  // All memory held, in bytes.
  size_t bytes() const;

 private:
  static constexpr int kShardBits = 5;
  static constexpr size_t kShards = size_t{1} << kShardBits;

  struct Location {
    size_t shard;
    DedupShard::Key key;
  };
  // How many leading bits of an id its place stands for, the shard's included.
  static int UnitBits(uint64_t max_ids);

  Location Locate(Hash128 id) const {
    const uint64_t unit = id.high >> (64 - unit_bits_);
    // The 64 bits after the unit: the rest of `high`, then the lowest 16 bits of `low`.
    const uint64_t rest = id.high << unit_bits_ | (id.low << 48) >> (64 - unit_bits_);
    const int in_shard_bits = unit_bits_ - kShardBits;
    return {static_cast<size_t>(unit >> in_shard_bits),
            {static_cast<uint32_t>(unit & ((uint64_t{1} << in_shard_bits) - 1)),
             rest >> (64 - DedupShard::kFingerprintBits) & fingerprint_mask_}};
  }

  const uint32_t window_hours_;
  const int unit_bits_;
  const uint64_t fingerprint_mask_;
  std::vector<DedupShard> shards_;
  bool started_ = false;
  uint32_t hour_ = 0;
  HourTags tags_;
};

}  // namespace adtally
