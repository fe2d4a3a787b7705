#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/zeroed_memory.h"
#include "counting/dedup_slots.h"

namespace adtally {

// One shard of the dedup table: an open-addressing table of 8-byte slots in buckets of 16, which
// are two adjacent cache lines.
//
// A key's first bits are its unit: one of 2^unit_bits stretches of the shard, about `unit_slots`
// slots long each. 55 more bits are its fingerprint, whose top bits choose the key's home bucket
// within its unit. The key lies in its home bucket or one of the few after it. A slot holds
//
//   fingerprint 55 | place 3 | hour tag 6
//
// and the place bits, from the lowest, are
//
//   unit_slots   buckets after the home   unit in the home bucket   mark
//   2            -                        3 bits                    -
//   4            -                        2 bits                    1 bit
//   8            1 bit                    1 bit                     1 bit
//   16 or more   2 bits                   -                         1 bit
//
// so that the position of a slot tells the key's unit: it adds unit_bits to the fingerprint. (The
// idea is the quotient filter's: Bender et al., "Don't Thrash: How to Cache Your Hash on Flash",
// VLDB 2012.)
//
// A key is looked for line by line: in its home bucket, then in those after it, and in each bucket
// first in the line that one bit of its fingerprint prefers. The marks tell whether to go on. They
// belong to the line, not to the keys in its slots: four of a line's for the keys that leave it for
// the other line of the bucket, four more, eight in the bucket, for those that leave the bucket;
// which one, bits of the fingerprint choose. (An idea of F14's overflow counts:
// https://github.com/facebook/folly/blob/main/folly/container/F14.md.)
//
// Invariants:
//  1. A key is in one slot at most, and so is an expired one until it is overwritten.
//  2. Where a key lies, its mark is set in every line and bucket that its search passes before:
//     inserting and moving set marks, only Sweep and growth take them back. So a search may end
//     where its mark is not set, and a slot whose hour has left the window can be overwritten by
//     any key; its mark stays.
//
// Grows by itself, in one sequential pass over the shard, when keys of the window fill 86 % of the
// slots, or when a key finds no slot near its home: so far that they fill grow_to_percent. Keys
// whose hashes were chosen to agree in more than their unit make a shard larger than that. Not
// thread-safe.
class DedupShard {
 public:
  static constexpr int kFingerprintBits = 55;
  static constexpr uint8_t kNeverSeen = 255;
  struct Key {
    uint32_t unit;
    uint64_t fingerprint;
  };
  // Where the search for a key begins, until the shard is next changed by Insert, Reserve or Sweep.
  struct Start {
    uint64_t* line;
    uint64_t code;  // what a slot of the home bucket holds above the tag, but for the mark
  };
  // What is known of a key after a part of its search.
  struct Outcome {
    bool decided;
    uint8_t age;  // as Insert returns it; 0 when not decided
  };

  // 0 to 20 unit bits. Shards that differ in grow_to_percent do not grow all at the same time.
  // Takes no memory before the first key.
  DedupShard(int unit_bits, uint32_t grow_to_percent)
      : units_(uint32_t{1} << unit_bits), grow_to_percent_(grow_to_percent) {}

  // Gives the key the current hour's tag. Returns how many hours ago it was last seen, or
  // kNeverSeen.
  uint8_t Insert(Key key, const HourTags& hours);

  // Insert in steps, so that the cache misses of many keys overlap: Begin fetches what TryFirstLine
  // needs, that what TryHomeBucket needs, and that what TryNextBucket needs. What is not decided
  // changes nothing, and further tries of the same step and key are not decided either until it is
  // inserted. What TryNextBucket does not decide, Insert does. Begin needs a shard with memory.
  Start Begin(Key key) const {
    const Home home = HomeOf(key);
    const Start start{home.bucket + PreferredLine(key.fingerprint), home.code};
    __builtin_prefetch(start.line, 1);
    return start;
  }
  Outcome TryFirstLine(Start start, const HourTags& hours);
  Outcome TryHomeBucket(Start start, const HourTags& hours);
  Outcome TryNextBucket(Start start, const HourTags& hours);

  // Undoes an Insert of the current hour that returned `age`, which was not 0.
  void Undo(Key key, uint8_t age, const HourTags& hours);
  bool Contains(Key key, const HourTags& hours) const;

  // Forgets the keys of the hour that left the window last: call it for each hour.
  void Expire(const HourTags& hours);
  // Empties the slots of expired keys and takes back the marks that they needed; gives memory back
  // when few are left. To be called at most 62 - window_hours after the last time, before their
  // tags come round again.
  void Sweep(const HourTags& hours);

  // Makes room for this many keys in all, which the next two sweeps leave.
  void Reserve(uint64_t keys, const HourTags& hours);
  // Takes its first memory if it has none.
  void TakeMemory(const HourTags& hours);

  // Keys of the window.
  uint64_t live() const { return live_; }
  bool has_memory() const { return slots_ != nullptr; }
  size_t bytes() const { return memory_.bytes(); }

 private:
  static constexpr uint32_t kBucketSlots = 2 * kLineSlots;
  static constexpr int kPlaceBits = 3;  // with the mark
  static constexpr uint64_t kMark = uint64_t{1} << (HourTags::kBits + kPlaceBits - 1);
  static constexpr int kFingerprintAt = HourTags::kBits + kPlaceBits;

  struct Home {
    uint64_t* bucket;
    uint64_t code;  // as in Start
  };
  struct Target {
    uint64_t* slot;
    bool holds_key;
    uint64_t code;
  };
  struct Movable {
    uint64_t* slot;
    uint64_t buckets_back;
  };

  // The first slot of the home bucket, counted from slots_, in units at least a bucket long. A
  // bucket that two of them share holds keys of the one with the highest fingerprints, of the other
  // with the lowest: so both tell a key's unit together.
  uint64_t HomeSlot(uint64_t unit, uint64_t fingerprint) const {
    const uint64_t random = fingerprint >> (kFingerprintBits - 32);
    return (unit * unit_slots_ + (random * unit_slots_ >> 32)) / kBucketSlots * kBucketSlots;
  }
  Home HomeOf(Key key) const {
    if (unit_slots_ >= kBucketSlots) [[likely]] {
      return {slots_ + HomeSlot(key.unit, key.fingerprint), key.fingerprint << kPlaceBits};
    }
    const uint32_t unit_in_bucket = key.unit % (kBucketSlots / unit_slots_);
    return {slots_ + key.unit / (kBucketSlots / unit_slots_) * kBucketSlots,
            key.fingerprint << kPlaceBits | uint64_t{unit_in_bucket} << after_bits_};
  }

  // The first slot of the line of a bucket that is tried first: 0 or 8. Of a fingerprint's bits, 0
  // chooses it, 1 and 2 the mark of a line, 3 to 5 that of a bucket.
  static uint32_t PreferredLine(uint64_t fingerprint) {
    return static_cast<uint32_t>(fingerprint & 1) * kLineSlots;
  }
  // The other line of the bucket. Buckets are aligned to their 128 bytes, as slots_ is.
  static uint64_t* Sibling(uint64_t* line) {
    return reinterpret_cast<uint64_t*>(reinterpret_cast<uintptr_t>(line) ^
                                       kLineSlots * sizeof(uint64_t));
  }
  // The slot whose mark says that a key like this one went on from the line: from the first line of
  // a bucket to its sibling, or from that to the next bucket.
  static uint64_t& MarkAt(uint64_t* line, bool is_first, uint64_t fingerprint) {
    const uint64_t slot = is_first ? fingerprint >> 1 & 3 : 4 + (fingerprint >> 4 & 3);
    const bool in_sibling = !is_first && (fingerprint >> 3 & 1) != 0;
    uint64_t* const marked = in_sibling ? Sibling(line) : line;
    return marked[slot];
  }
  bool IsMarked(uint64_t slot) const { return (slot & mark_) != 0 || mark_ == 0; }
  SlotMasks Masks(const uint64_t* line, uint64_t code, const HourTags& hours) const {
    return MasksOf(line, ~(HourTags::kMask | mark_), code << HourTags::kBits, hours);
  }
  uint64_t AfterOf(uint64_t slot) const { return slot >> HourTags::kBits & max_after_; }

  Target FindTarget(Key key, const HourTags& hours) const;
  uint8_t Put(Target target, const HourTags& hours);
  template <uint32_t kLines>
  Outcome Try(Start start, const HourTags& hours);
  void MarkWayTo(uint64_t* line, uint64_t slot);
  static uint64_t* LineOf(uint64_t* slot) {
    constexpr uintptr_t kBytes = kLineSlots * sizeof(uint64_t);
    return slot - reinterpret_cast<uintptr_t>(slot) % kBytes / sizeof(uint64_t);
  }
  // Where the search for the key in a slot of this line begins.
  uint64_t* FirstLine(uint64_t* line, uint64_t slot) const {
    constexpr uintptr_t kBytes = kBucketSlots * sizeof(uint64_t);
    uint64_t* const bucket = line - reinterpret_cast<uintptr_t>(line) % kBytes / sizeof(uint64_t);
    return bucket - AfterOf(slot) * kBucketSlots + PreferredLine(slot >> kFingerprintAt);
  }
  static uint64_t* FreeSlot(uint64_t* bucket, uint32_t preferred, const HourTags& hours);
  Target MakePlaceNear(Key key, const HourTags& hours);
  Movable FindMovable(uint64_t* bucket) const;
  uint64_t* Find(Key key, const HourTags& hours) const;  // whatever hour it holds

  uint32_t UnitSlotsFor(uint64_t keys, uint32_t used_percent) const;
  void MakeRoom(const HourTags& hours);
  void Rebuild(uint32_t unit_slots, const HourTags& hours);
  bool CopyLiveTo(DedupShard& to, const HourTags& hours) const;
  uint32_t UnitOf(uint64_t slot, uint64_t home_bucket, uint64_t first_unit) const;
  bool PlaceCopy(Key key, uint64_t tag, std::vector<uint8_t>& filled);
  void Allocate(uint32_t unit_slots);
  void SweepInPlace(const HourTags& hours);
  void MoveNearer(uint64_t* slot, const HourTags& hours);
  uint64_t Buckets() const { return total_slots_ / kBucketSlots; }

  uint64_t* slots_ = nullptr;
  uint64_t live_ = 0;
  uint64_t max_live_ = 0;
  uint64_t mark_ = 0;        // kMark, or 0 without marks: then no search ends early
  uint32_t unit_slots_ = 0;  // 2, 4, 8, 16 or any number above
  int after_bits_ = 0;       // how many of the place bits count buckets after the home
  uint64_t max_after_ = 0;   // 2^after_bits_ - 1
  uint64_t total_slots_ = 0;
  uint32_t units_;
  uint32_t grow_to_percent_;
  uint32_t sweeps_reserved_ = 0;  // how many sweeps to come give no memory back
  std::array<uint32_t, HourTags::kCycle + 1> live_by_tag_{};
  ZeroedMemory memory_;
};

}  // namespace adtally
