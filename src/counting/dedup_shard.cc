#include "counting/dedup_shard.h"

#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

namespace adtally {
namespace {

constexpr uint32_t kLine = 8;  // slots of a line
constexpr uint64_t kMaxUsedPercent = 88;
constexpr uint32_t kHoursClean = 14;
constexpr uint32_t kReservedPercent = 77;
constexpr uint64_t kMaxBucketsSearched = 64;

// Which slots of a line hold `want` but for the tag, and which are empty: bit i is slot i.
struct LineMask {
  uint32_t match = 0;
  uint32_t empty = 0;
};

#if defined(__SSE4_1__)
inline LineMask Compare(const uint64_t* line, uint64_t want) {
  const __m128i wanted = _mm_set1_epi64x(static_cast<int64_t>(want));
  const __m128i no_tag = _mm_set1_epi64x(static_cast<int64_t>(~HourTags::kMask));
  LineMask mask;
  for (uint32_t i = 0; i < kLine; i += 2) {
    const __m128i pair = _mm_load_si128(reinterpret_cast<const __m128i*>(line + i));
    const __m128i match = _mm_cmpeq_epi64(_mm_and_si128(pair, no_tag), wanted);
    const __m128i empty = _mm_cmpeq_epi64(pair, _mm_setzero_si128());
    mask.match |= static_cast<uint32_t>(_mm_movemask_pd(_mm_castsi128_pd(match))) << i;
    mask.empty |= static_cast<uint32_t>(_mm_movemask_pd(_mm_castsi128_pd(empty))) << i;
  }
  mask.match &= ~mask.empty;
  return mask;
}
#else
inline LineMask Compare(const uint64_t* line, uint64_t want) {
  LineMask mask;
  for (uint32_t i = 0; i < kLine; ++i) {
    mask.match |= uint32_t{(line[i] & ~HourTags::kMask) == want} << i;
    mask.empty |= uint32_t{line[i] == 0} << i;
  }
  mask.match &= ~mask.empty;
  return mask;
}
#endif

// Which slots of a line are empty or expired.
inline uint32_t FreeSlots(const uint64_t* line, const HourTags& hours) {
  uint32_t mask = 0;
  for (uint32_t i = 0; i < kLine; ++i) mask |= uint32_t{hours.IsFree(line[i])} << i;
  return mask;
}

}  // namespace

HourTags::HourTags(uint32_t hour, uint32_t window_hours)
    : current_(TagOf(hour)), expired_(TagOf(hour + kCycle - window_hours - 1)) {
  for (uint32_t age = window_hours + 1; age < kCycle; ++age) {
    free_tags_ |= uint64_t{1} << TagOf(hour + kCycle - age);
  }
}

void DedupShard::Allocate(uint32_t unit_slots) {
  // Units shorter than a bucket must divide it, and there are place bits for eight in a bucket.
  unit_slots_ = unit_slots >= kBucketSlots ? unit_slots : std::max(2u, std::bit_ceil(unit_slots));
  after_bits_ = std::min(kPlaceBits, std::countr_zero(std::bit_floor(unit_slots_)) - 1);
  max_after_ = (uint64_t{1} << after_bits_) - 1;
  const uint64_t home_buckets = (uint64_t{units_} * unit_slots_ + kBucketSlots - 1) / kBucketSlots;
  total_slots_ = (home_buckets + max_after_) * kBucketSlots;
  max_used_ = total_slots_ * kMaxUsedPercent / 100;
  memory_ = ZeroedMemory(total_slots_ * sizeof(uint64_t));
  slots_ = static_cast<uint64_t*>(memory_.data());
}

uint64_t* DedupShard::Find(Key key) const {
  if (slots_ == nullptr) return nullptr;
  auto [bucket, code] = HomeOf(key);
  for (const uint64_t last = code + max_after_;; bucket += kBucketSlots, ++code) {
    for (const uint32_t first : {PreferredLine(key), kLine - PreferredLine(key)}) {
      const LineMask mask = Compare(bucket + first, code << HourTags::kBits);
      if (mask.match != 0) return bucket + first + std::countr_zero(mask.match);
      if (mask.empty != 0) return nullptr;
    }
    if (code == last) return nullptr;
  }
}

// The slot that holds the key, else the first free one it may lie in, else nullptr.
DedupShard::Place DedupShard::FindPlace(Key key, const HourTags& hours) const {
  Place free{nullptr, false, 0};
  if (slots_ == nullptr) return free;
  auto [bucket, code] = HomeOf(key);
  for (const uint64_t last = code + max_after_;; bucket += kBucketSlots, ++code) {
    for (const uint32_t first : {PreferredLine(key), kLine - PreferredLine(key)}) {
      uint64_t* const line = bucket + first;
      const LineMask mask = Compare(line, code << HourTags::kBits);
      if (mask.match != 0) return {line + std::countr_zero(mask.match), true, code};
      if (free.slot == nullptr) {
        // A line fills up from its first slot, so expired slots come before empty ones.
        const uint32_t slots = FreeSlots(line, hours);
        if (slots != 0) free = {line + std::countr_zero(slots), false, code};
      }
      if (mask.empty != 0) return free;
    }
    if (code == last) return free;
  }
}

// A free slot of the bucket, in the line that a key prefers if there is one: a key lies in the
// other line only when its own has no empty slot. nullptr when there is none.
uint64_t* DedupShard::FreeSlot(uint64_t* bucket, uint32_t preferred, const HourTags& hours) {
  for (const uint32_t first : {preferred, kLine - preferred}) {
    const uint32_t slots = FreeSlots(bucket + first, hours);
    if (slots != 0) return bucket + first + std::countr_zero(slots);
  }
  return nullptr;
}

// Hopscotch hashing's step (Herlihy, Shavit, Tzafrir, "Hopscotch Hashing", DISC 2008): the free
// slot nearest after the key's home is brought near enough by moving keys between the two, which
// may lie later, into it.
DedupShard::Place DedupShard::BringPlaceNear(Key key, const HourTags& hours) {
  constexpr Place kNone{nullptr, false, 0};
  if (slots_ == nullptr) return kNone;
  const Home home = HomeOf(key);
  const auto to_end = static_cast<uint64_t>(slots_ + total_slots_ - home.bucket) / kBucketSlots;
  const uint64_t searched = std::min(kMaxBucketsSearched, to_end);
  uint64_t after = 0;
  while (after < searched && FreeSlot(home.bucket + after * kBucketSlots, 0, hours) == nullptr)
    ++after;
  if (after == searched) return kNone;
  while (after > max_after_) {
    uint64_t* const bucket = home.bucket + after * kBucketSlots;
    const Movable movable = FindMovable(bucket);
    if (movable.slot == nullptr) return kNone;
    const uint64_t code = *movable.slot >> HourTags::kBits;
    uint64_t& free = *FreeSlot(bucket, PreferredLine({0, code >> kPlaceBits}), hours);
    used_ += free == 0;
    free = *movable.slot + (movable.buckets_back << HourTags::kBits);
    *movable.slot = (*movable.slot & ~HourTags::kMask) | hours.expired();  // one slot a key
    after -= movable.buckets_back;
  }
  uint64_t* const bucket = home.bucket + after * kBucketSlots;
  return {FreeSlot(bucket, PreferredLine(key), hours), false, home.code + after};
}

// A slot of the buckets before `bucket`, the farthest first, whose key may lie in `bucket` too.
DedupShard::Movable DedupShard::FindMovable(uint64_t* bucket) const {
  for (uint64_t back = max_after_; back > 0; --back) {
    uint64_t* const from = bucket - back * kBucketSlots;
    for (uint32_t i = 0; i < kBucketSlots; ++i) {
      const uint64_t after = from[i] >> HourTags::kBits & max_after_;
      if (after + back <= max_after_) return {from + i, back};
    }
  }
  return {nullptr, 0};
}

uint8_t DedupShard::Put(Place place, const HourTags& hours) {
  uint64_t& slot = *place.slot;
  const bool seen = place.holds_key && !hours.IsFree(slot);
  const uint8_t age = seen ? static_cast<uint8_t>(hours.AgeOf(slot)) : kNeverSeen;
  used_ += slot == 0;
  slot = place.code << HourTags::kBits | hours.current();
  return age;
}

std::optional<uint8_t> DedupShard::TryInsert(Key key, const HourTags& hours) {
  if (slots_ == nullptr) return std::nullopt;
  const auto [bucket, code] = HomeOf(key);
  const uint32_t preferred = PreferredLine(key);
  uint64_t* const line = bucket + preferred;
  const LineMask mask = Compare(line, code << HourTags::kBits);
  if (mask.match != 0) return Put({line + std::countr_zero(mask.match), true, code}, hours);
  if (mask.empty != 0 && used_ < max_used_) {
    return Put({line + std::countr_zero(FreeSlots(line, hours)), false, code}, hours);
  }
  __builtin_prefetch(bucket + (kLine - preferred), 1);
  if (max_after_ > 0) {
    __builtin_prefetch(bucket + kBucketSlots + preferred, 1);
    __builtin_prefetch(bucket + kBucketSlots + (kLine - preferred), 1);
  }
  return std::nullopt;
}

uint8_t DedupShard::Insert(Key key, const HourTags& hours) {
  for (;;) {
    Place place = FindPlace(key, hours);
    if (place.slot == nullptr) [[unlikely]]
      place = BringPlaceNear(key, hours);
    if (place.slot == nullptr || (*place.slot == 0 && used_ >= max_used_)) [[unlikely]] {
      MakeRoom(hours);
      continue;
    }
    return Put(place, hours);
  }
}

uint64_t DedupShard::CountLive(const HourTags& hours) const {
  uint64_t live = 0;
  for (uint64_t i = 0; i < total_slots_; ++i) live += !hours.IsFree(slots_[i]);
  return live;
}

// So many that the keys use this part of all slots.
uint32_t DedupShard::UnitSlotsFor(uint64_t keys, uint32_t used_percent) const {
  return static_cast<uint32_t>((keys * 100 / used_percent + units_ - 1) / units_);
}

void DedupShard::MakeRoom(const HourTags& hours) {
  const uint64_t live = CountLive(hours);
  uint32_t unit_slots = UnitSlotsFor(live + 1, grow_to_percent_);
  // With hardly any expired, rebuilding at the same size would not last.
  if (live + live / 16 >= used_) unit_slots = std::max(unit_slots, unit_slots_ + 1);
  Rebuild(unit_slots, hours);
}

void DedupShard::Reserve(uint64_t keys, const HourTags& hours) {
  const uint32_t unit_slots = UnitSlotsFor(keys, kReservedPercent);
  if (unit_slots > unit_slots_) Rebuild(unit_slots, hours);
}

void DedupShard::RemoveExpired(const HourTags& hours) {
  if (slots_ == nullptr || hours.AgeOf(cleaned_tag_) < kHoursClean) return;
  cleaned_tag_ = hours.current();
  const uint64_t live = CountLive(hours);
  if (live == used_) return;
  if (live == 0) {
    *this = DedupShard(std::countr_zero(units_), grow_to_percent_);
  } else {
    Rebuild(UnitSlotsFor(live, grow_to_percent_), hours);
  }
}

void DedupShard::Rebuild(uint32_t unit_slots, const HourTags& hours) {
  for (;; unit_slots += std::max(1u, unit_slots / 16)) {
    DedupShard next(std::countr_zero(units_), grow_to_percent_);
    next.Allocate(unit_slots);
    if (!CopyLiveTo(next, hours)) continue;
    next.cleaned_tag_ = hours.current();
    *this = std::move(next);
    return;
  }
}

// False when some key finds no place near its home.
bool DedupShard::CopyLiveTo(DedupShard& to, const HourTags& hours) const {
  std::vector<uint8_t> filled(to.total_slots_ / kLine);
  std::array<uint64_t, kPlaceMask + 1> first_units{};  // of the last buckets, by bucket modulo 8
  uint64_t unit = 0;
  for (uint64_t b = 0; b < Buckets(); ++b) {
    if (unit_slots_ < kBucketSlots) {
      unit = b * (kBucketSlots / unit_slots_);
    } else {
      while (b >= FirstBucket(unit + 1)) ++unit;
    }
    first_units[b % first_units.size()] = unit;
    // Without a branch a slot: which slots are live cannot be foreseen.
    std::array<uint64_t, kBucketSlots> live;
    size_t count = 0;
    for (uint32_t i = 0; i < kBucketSlots; ++i) {
      live[count] = slots_[b * kBucketSlots + i];
      count += !hours.IsFree(live[count]);
    }
    for (size_t i = 0; i < count; ++i) {
      const uint64_t code = live[i] >> HourTags::kBits;
      const uint64_t home_bucket = b - (code & max_after_);
      const uint64_t unit_in_bucket = (code & kPlaceMask) >> after_bits_;
      const Key key{
          static_cast<uint32_t>(first_units[home_bucket % first_units.size()] + unit_in_bucket),
          code >> kPlaceBits};
      auto [bucket, to_code] = to.HomeOf(key);
      const uint32_t preferred = PreferredLine(key);
      for (const uint64_t last = to_code + to.max_after_;; bucket += kBucketSlots, ++to_code) {
        uint8_t* const fill = &filled[static_cast<size_t>(bucket - to.slots_) / kLine];
        const uint32_t first = fill[preferred / kLine] < kLine ? preferred : kLine - preferred;
        uint8_t& line_fill = fill[first / kLine];
        if (line_fill < kLine) {
          bucket[first + line_fill++] = to_code << HourTags::kBits | (live[i] & HourTags::kMask);
          break;
        }
        if (to_code == last) return false;
      }
    }
    to.used_ += count;
  }
  return true;
}

}  // namespace adtally
