// Growing, sweeping and giving memory back.
#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "counting/dedup_shard.h"

namespace adtally {
namespace {

constexpr uint64_t kMaxLivePercent = 86;
constexpr uint32_t kReservedPercent = 77;
constexpr uint32_t kMinUnitSlots = 2;
// With fewer, sweeping gives memory back.
constexpr uint64_t kMinLivePercent = 60;
// What was reserved may take a window of hours to come.
constexpr uint32_t kSweepsReserved = 2;

}  // namespace

void DedupShard::Allocate(uint32_t unit_slots) {
  // Units shorter than a bucket must divide it, and there are place bits for eight in a bucket.
  unit_slots_ =
      unit_slots >= kBucketSlots ? unit_slots : std::max(kMinUnitSlots, std::bit_ceil(unit_slots));
  mark_ = unit_slots_ > 2 ? kMark : 0;
  const int log2 = std::countr_zero(std::min(kBucketSlots, std::bit_floor(unit_slots_)));
  after_bits_ = std::max(0, log2 - 2);
  max_after_ = (uint64_t{1} << after_bits_) - 1;
  const uint64_t home_buckets = (uint64_t{units_} * unit_slots_ + kBucketSlots - 1) / kBucketSlots;
  total_slots_ = (home_buckets + max_after_) * kBucketSlots;
  max_live_ = total_slots_ * kMaxLivePercent / 100;
  memory_ = ZeroedMemory(total_slots_ * sizeof(uint64_t));
  slots_ = static_cast<uint64_t*>(memory_.data());
}

// So many that the keys use this part of all slots.
uint32_t DedupShard::UnitSlotsFor(uint64_t keys, uint32_t used_percent) const {
  return static_cast<uint32_t>((keys * 100 / used_percent + units_ - 1) / units_);
}

void DedupShard::MakeRoom(const HourTags& hours) {
  // Also when a key found no place although there are some: the next time shall not come soon.
  const uint32_t larger = unit_slots_ + std::max(1u, unit_slots_ / 16);
  Rebuild(std::max(UnitSlotsFor(live_ + 1, grow_to_percent_), larger), hours);
}

void DedupShard::Reserve(uint64_t keys, const HourTags& hours) {
  const uint32_t unit_slots = UnitSlotsFor(keys, kReservedPercent);
  if (unit_slots > unit_slots_) Rebuild(unit_slots, hours);
  sweeps_reserved_ = kSweepsReserved;
}

void DedupShard::TakeMemory(const HourTags& hours) {
  if (slots_ == nullptr) Rebuild(kMinUnitSlots, hours);
}

void DedupShard::Sweep(const HourTags& hours) {
  if (slots_ == nullptr) return;
  const uint32_t unit_slots = UnitSlotsFor(live_, grow_to_percent_);
  if (sweeps_reserved_ > 0 || live_ * 100 > total_slots_ * kMinLivePercent ||
      unit_slots >= unit_slots_) {
    sweeps_reserved_ -= sweeps_reserved_ > 0;
    SweepInPlace(hours);
  } else if (live_ > 0) {
    Rebuild(unit_slots, hours);
  } else {
    *this = DedupShard(std::countr_zero(units_), grow_to_percent_);
  }
}

// Piece by piece, each of which stays in the cache: what expired goes and all marks with it, then
// keys come nearer to their homes and set the marks of their ways. Those lie in the same piece or,
// since a key is at most three buckets from home, in the one before, which is done.
void DedupShard::SweepInPlace(const HourTags& hours) {
  constexpr uint64_t kPieceSlots = 1024;
  std::array<uint16_t, kPieceSlots + 1> away;  // keys that are not in their first line
  const uint64_t after_mask = max_after_ << HourTags::kBits;
  for (uint64_t begin = 0; begin < total_slots_; begin += kPieceSlots) {
    uint64_t* const piece = slots_ + begin;
    const auto size = static_cast<uint32_t>(std::min(kPieceSlots, total_slots_ - begin));
    // Without branches: what is live and where it lies cannot be foreseen.
    size_t count = 0;
    for (uint32_t i = 0; i < size; ++i) {
      const uint64_t slot = hours.IsFree(piece[i]) ? 0 : piece[i] & ~mark_;
      piece[i] = slot;
      away[count] = static_cast<uint16_t>(i);
      const uint64_t other_line = (slot >> kFingerprintAt ^ i / kLineSlots) & 1;
      count += slot != 0 && ((slot & after_mask) | other_line) != 0;
    }
    for (size_t k = 0; k < count; ++k) MoveNearer(piece + away[k], hours);
  }
}

// Moves a key to the first free slot that its search comes to, and marks the way there.
void DedupShard::MoveNearer(uint64_t* slot, const HourTags& hours) {
  const uint64_t key = *slot & ~mark_;
  const uint64_t fingerprint = key >> kFingerprintAt;
  uint64_t* const own_line = LineOf(slot);
  uint64_t* first = FirstLine(own_line, key);
  for (uint64_t buckets_back = AfterOf(key);; --buckets_back, first += kBucketSlots) {
    for (uint64_t* const line : {first, Sibling(first)}) {
      if (line == own_line) return;
      const uint32_t free = Masks(line, 0, hours).free;
      if (free != 0) {
        line[std::countr_zero(free)] |= key - (buckets_back << HourTags::kBits);
        *slot &= mark_;
        return;
      }
      MarkAt(line, line == first, fingerprint) |= mark_;
    }
  }
}

void DedupShard::Rebuild(uint32_t unit_slots, const HourTags& hours) {
  for (;;) {
    DedupShard next(std::countr_zero(units_), grow_to_percent_);
    next.Allocate(unit_slots);
    unit_slots = next.unit_slots_ + std::max(1u, next.unit_slots_ / 16);
    if (!CopyLiveTo(next, hours)) continue;
    next.live_ = live_;
    next.live_by_tag_ = live_by_tag_;
    next.sweeps_reserved_ = sweeps_reserved_;
    *this = std::move(next);
    return;
  }
}

// The unit of the key in a slot. `first_unit` is that of the home bucket's first slot. From 16
// slots a unit, one fingerprint has different home buckets in the two units that may share one.
uint32_t DedupShard::UnitOf(uint64_t slot, uint64_t home_bucket, uint64_t first_unit) const {
  if (unit_slots_ < kBucketSlots) {
    const uint64_t place = slot >> HourTags::kBits & ((1 << kPlaceBits) - 1);
    return static_cast<uint32_t>(first_unit + (place >> after_bits_));
  }
  const bool is_first = HomeSlot(first_unit, slot >> kFingerprintAt) == home_bucket * kBucketSlots;
  return static_cast<uint32_t>(first_unit + !is_first);
}

// False when some key finds no place near its home.
bool DedupShard::CopyLiveTo(DedupShard& to, const HourTags& hours) const {
  std::vector<uint8_t> filled(to.total_slots_ / kLineSlots);
  std::array<uint64_t, 4> first_units{};  // of the last buckets, by bucket modulo 4
  for (uint64_t b = 0; b < Buckets(); ++b) {
    first_units[b % first_units.size()] = b * kBucketSlots / unit_slots_;
    // Without a branch a slot: which slots are live cannot be foreseen.
    std::array<uint64_t, kBucketSlots> live;
    size_t count = 0;
    for (uint32_t i = 0; i < kBucketSlots; ++i) {
      live[count] = slots_[b * kBucketSlots + i];
      count += !hours.IsFree(live[count]);
    }
    for (size_t i = 0; i < count; ++i) {
      const uint64_t slot = live[i] & ~mark_;
      const uint64_t home_bucket = b - AfterOf(slot);
      const uint32_t unit =
          UnitOf(slot, home_bucket, first_units[home_bucket % first_units.size()]);
      if (!to.PlaceCopy({unit, slot >> kFingerprintAt}, slot & HourTags::kMask, filled))
        return false;
    }
  }
  return true;
}

// Puts a key that is not there yet where it is found first. `filled` is how many slots of each line
// are taken. False when the key finds no place near its home.
bool DedupShard::PlaceCopy(Key key, uint64_t tag, std::vector<uint8_t>& filled) {
  auto [bucket, code] = HomeOf(key);
  for (const uint64_t last = code + max_after_;; bucket += kBucketSlots, ++code) {
    uint64_t* const first = bucket + PreferredLine(key.fingerprint);
    for (uint64_t* const line : {first, Sibling(first)}) {
      uint8_t& fill = filled[static_cast<size_t>(line - slots_) / kLineSlots];
      if (fill < kLineSlots) {
        line[fill++] |= code << HourTags::kBits | tag;
        return true;
      }
      MarkAt(line, line == first, key.fingerprint) |= mark_;
    }
    if (code == last) return false;
  }
}

}  // namespace adtally
