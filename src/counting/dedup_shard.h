#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/zeroed_memory.h"

namespace adtally {

// What the hour tags of slots mean in the current append hour. A tag is the hour modulo 63 plus 1;
// tag 0 is that of an empty slot.
class HourTags {
 public:
  static constexpr int kBits = 6;
  static constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;
  static constexpr uint32_t kCycle = 63;
  static constexpr uint32_t TagOf(uint32_t hour) { return hour % kCycle + 1; }

  HourTags(uint32_t hour, uint32_t window_hours);

  uint32_t current() const { return current_; }
  // The tag of the hour that left the window last.
  uint32_t expired() const { return expired_; }
  // Hours since the tag's hour, modulo the cycle.
  uint32_t AgeOf(uint64_t slot) const {
    const auto tag = static_cast<uint32_t>(slot & kMask);
    return current_ >= tag ? current_ - tag : current_ + kCycle - tag;
  }
  // Whether the slot can be overwritten: it is empty, or its hour has left the window.
  bool IsFree(uint64_t slot) const { return free_tags_ >> (slot & kMask) & 1; }

 private:
  uint32_t current_;
  uint32_t expired_;
  uint64_t free_tags_ = 1;  // bit t: tag t is free
};

// One shard of the dedup table: an open-addressing table of 8-byte slots in buckets of 16, which
// are two adjacent cache lines.
//
// A key's first bits are its unit: one of 2^unit_bits stretches of the shard, about `unit_slots`
// slots long each. 55 more bits are its fingerprint, whose top bits choose the key's home bucket
// within its unit. The key lies in its home bucket or one of the seven after it. A slot holds
//
//   fingerprint 55 | place 3 | hour tag 6
//
// where place is the number of buckets after the home bucket, so that the position of a slot tells
// the key's unit: it adds unit_bits to the fingerprint. (The idea is the quotient filter's: Bender
// et al., "Don't Thrash: How to Cache Your Hash on Flash", VLDB 2012.) While units are shorter than
// a bucket, place also holds which unit of its home bucket it is, and there are fewer buckets after
// it.
//
// Invariants:
//  1. A key is in one slot at most.
//  2. A key is looked for line by line: in its home bucket, then in those after it, and in each
//     bucket first in the line that one bit of its fingerprint prefers. Where it lies, no line
//     before has an empty slot: a search may end at the first one. (Expired slots are not empty.)
//
// When 88 % of the slots are used, expired ones are removed, and the table grows or shrinks so that
// grow_to_percent are used, in one sequential pass over the shard. With 70 to 77 % a key costs 9.1
// to 11.5 bytes once there are 16 or more in a unit, less than 11 in the mean of many shards, and,
// while it grows, five moves. Not thread-safe.
class DedupShard {
 public:
  static constexpr int kFingerprintBits = 55;
  static constexpr uint8_t kNeverSeen = 255;
  struct Key {
    uint32_t unit;
    uint64_t fingerprint;
  };

  // 0 to 20 unit bits. Grows to grow_to_percent of used slots: shards that differ in it do not grow
  // all at the same time. Takes no memory before the first key.
  DedupShard(int unit_bits, uint32_t grow_to_percent)
      : units_(uint32_t{1} << unit_bits), grow_to_percent_(grow_to_percent) {}

  // Fetches the line where the key most likely is into the cache. Always inline: GCC 12 deletes
  // calls of a function that does nothing but prefetch.
  [[gnu::always_inline]] void Prefetch(Key key) const {
    if (slots_ == nullptr) return;
    __builtin_prefetch(HomeOf(key).bucket + PreferredLine(key), 1);
  }

  // Gives the key the current hour's tag. Returns how many hours ago it was last seen, or
  // kNeverSeen.
  uint8_t Insert(Key key, const HourTags& hours);
  // The same when the line that Prefetch fetched is enough to tell, which it mostly is. Otherwise
  // changes nothing, fetches the lines that follow and returns nullopt, and so it does for every
  // further try of the key until it is inserted.
  std::optional<uint8_t> TryInsert(Key key, const HourTags& hours);

  // The slot that holds the key, of whatever hour; nullptr when there is none.
  uint64_t* Find(Key key) const;

  // Makes room for this many keys in all.
  void Reserve(uint64_t keys, const HourTags& hours);
  // Removes expired keys, unless that was done within the last 14 hours. Gives memory back when
  // many were removed.
  void RemoveExpired(const HourTags& hours);

  size_t bytes() const { return memory_.bytes(); }

 private:
  static constexpr uint32_t kBucketSlots = 16;
  static constexpr int kPlaceBits = 3;
  static constexpr uint64_t kPlaceMask = (uint64_t{1} << kPlaceBits) - 1;

  struct Home {
    uint64_t* bucket;
    uint64_t code;  // of a slot in the home bucket: the slot without its tag, shifted down
  };
  struct Place {
    uint64_t* slot;
    bool holds_key;
    uint64_t code;
  };
  struct Movable {
    uint64_t* slot;
    uint64_t buckets_back;
  };

  // The first bucket of a unit that is at least a bucket long. A bucket belongs to one unit, so
  // units are a bucket longer or shorter than one another.
  uint64_t FirstBucket(uint64_t unit) const {
    return (unit * unit_slots_ + kBucketSlots - 1) / kBucketSlots;
  }
  Home HomeOf(Key key) const {
    if (unit_slots_ >= kBucketSlots) [[likely]] {
      const uint64_t random = key.fingerprint >> (kFingerprintBits - 32);
      const uint64_t first = FirstBucket(key.unit);
      const uint64_t buckets = FirstBucket(uint64_t{key.unit} + 1) - first;
      return {slots_ + (first + (random * buckets >> 32)) * kBucketSlots,
              key.fingerprint << kPlaceBits};
    }
    const uint32_t unit_in_bucket = key.unit % (kBucketSlots / unit_slots_);
    return {slots_ + key.unit / (kBucketSlots / unit_slots_) * kBucketSlots,
            key.fingerprint << kPlaceBits | uint64_t{unit_in_bucket} << after_bits_};
  }
  // The first slot of the line of a bucket that is tried first: 0 or 8.
  static uint32_t PreferredLine(Key key) { return static_cast<uint32_t>(key.fingerprint & 1) * 8; }
  Place FindPlace(Key key, const HourTags& hours) const;
  uint8_t Put(Place place, const HourTags& hours);
  static uint64_t* FreeSlot(uint64_t* bucket, uint32_t preferred, const HourTags& hours);
  Place BringPlaceNear(Key key, const HourTags& hours);
  Movable FindMovable(uint64_t* bucket) const;
  uint64_t CountLive(const HourTags& hours) const;
  uint32_t UnitSlotsFor(uint64_t keys, uint32_t used_percent) const;
  void MakeRoom(const HourTags& hours);
  void Rebuild(uint32_t unit_slots, const HourTags& hours);
  bool CopyLiveTo(DedupShard& to, const HourTags& hours) const;
  void Allocate(uint32_t unit_slots);
  uint64_t Buckets() const { return total_slots_ / kBucketSlots; }

  uint64_t* slots_ = nullptr;
  uint64_t total_slots_ = 0;
  uint32_t unit_slots_ = 0;  // 2, 4, 8, 16 or any number above
  uint32_t units_;
  uint32_t grow_to_percent_;
  uint32_t cleaned_tag_ = 0;  // of the hour in which expired keys were last removed
  int after_bits_ = 0;        // how many of the place bits count buckets after the home
  uint64_t max_after_ = 0;    // 2^after_bits_ - 1
  uint64_t used_ = 0;         // slots that are not empty, expired ones included
  uint64_t max_used_ = 0;
  ZeroedMemory memory_;
};

}  // namespace adtally
