#include "counting/dedup_shard.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace adtally {
namespace {

constexpr uint64_t kMaxBucketsSearched = 64;

}  // namespace

uint64_t* DedupShard::Find(Key key, const HourTags& hours) const {
  if (slots_ == nullptr) return nullptr;
  auto [bucket, code] = HomeOf(key);
  for (const uint64_t last = code + max_after_;; bucket += kBucketSlots, ++code) {
    uint64_t* const first = bucket + PreferredLine(key.fingerprint);
    for (uint64_t* const line : {first, Sibling(first)}) {
      const uint32_t match = Masks(line, code, hours).match;
      if (match != 0) return line + std::countr_zero(match);
      if (!IsMarked(MarkAt(line, line == first, key.fingerprint))) return nullptr;
    }
    if (code == last) return nullptr;
  }
}

bool DedupShard::Contains(Key key, const HourTags& hours) const {
  const uint64_t* slot = Find(key, hours);
  return slot != nullptr && !hours.IsFree(*slot);
}

// The slot that holds the key, else the first free one it may lie in, else nullptr.
DedupShard::Target DedupShard::FindTarget(Key key, const HourTags& hours) const {
  Target free{nullptr, false, 0};
  if (slots_ == nullptr) return free;
  auto [bucket, code] = HomeOf(key);
  bool may_be_later = true;  // the key, on the lines that follow
  for (const uint64_t last = code + max_after_;; bucket += kBucketSlots, ++code) {
    uint64_t* const first = bucket + PreferredLine(key.fingerprint);
    for (uint64_t* const line : {first, Sibling(first)}) {
      const SlotMasks masks = Masks(line, code, hours);
      if (masks.match != 0) return {line + std::countr_zero(masks.match), true, code};
      if (free.slot == nullptr && masks.free != 0) {
        free = {line + std::countr_zero(masks.free), false, code};
      }
      may_be_later &= IsMarked(MarkAt(line, line == first, key.fingerprint));
      if (free.slot != nullptr && !may_be_later) return free;
    }
    if (code == last) return free;
  }
}

// A free slot of the bucket, in the line that a key prefers if there is one. nullptr when there is
// none.
uint64_t* DedupShard::FreeSlot(uint64_t* bucket, uint32_t preferred, const HourTags& hours) {
  for (uint64_t* const line : {bucket + preferred, Sibling(bucket + preferred)}) {
    const uint32_t free = MasksOf(line, 0, 1, hours).free;
    if (free != 0) return line + std::countr_zero(free);
  }
  return nullptr;
}

// Hopscotch hashing's step (Herlihy, Shavit, Tzafrir, "Hopscotch Hashing", DISC 2008): the free
// slot nearest after the key's home is brought near enough by moving keys between the two, which
// may lie later, into it.
DedupShard::Target DedupShard::MakePlaceNear(Key key, const HourTags& hours) {
  constexpr Target kNone{nullptr, false, 0};
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
    const uint64_t moved = *movable.slot + (movable.buckets_back << HourTags::kBits);
    uint64_t* const slot = FreeSlot(bucket, PreferredLine(moved >> kFingerprintAt), hours);
    *slot = (moved & ~mark_) | (*slot & mark_);
    *movable.slot &= mark_;
    MarkWayTo(LineOf(slot), moved);
    after -= movable.buckets_back;
  }
  uint64_t* const bucket = home.bucket + after * kBucketSlots;
  return {FreeSlot(bucket, PreferredLine(key.fingerprint), hours), false, home.code + after};
}

// A slot of the buckets before `bucket`, the farthest first, whose key may lie in `bucket` too. All
// of them are full.
DedupShard::Movable DedupShard::FindMovable(uint64_t* bucket) const {
  for (uint64_t back = max_after_; back > 0; --back) {
    uint64_t* const from = bucket - back * kBucketSlots;
    for (uint32_t i = 0; i < kBucketSlots; ++i) {
      if (AfterOf(from[i]) + back <= max_after_) return {from + i, back};
    }
  }
  return {nullptr, 0};
}

// Sets the marks that a search needs to come to the line with the key that is in a slot of it.
void DedupShard::MarkWayTo(uint64_t* line, uint64_t slot) {
  const uint64_t fingerprint = slot >> kFingerprintAt;
  for (uint64_t* first = FirstLine(line, slot); first != line; first += kBucketSlots) {
    MarkAt(first, true, fingerprint) |= mark_;
    if (Sibling(first) == line) return;
    MarkAt(Sibling(first), false, fingerprint) |= mark_;
  }
}

uint8_t DedupShard::Put(Target target, const HourTags& hours) {
  uint64_t& slot = *target.slot;
  const bool seen = target.holds_key && !hours.IsFree(slot);
  const uint8_t age = seen ? static_cast<uint8_t>(hours.AgeOf(slot)) : kNeverSeen;
  if (seen) {
    --live_by_tag_[slot & HourTags::kMask];
  } else {
    ++live_;
  }
  ++live_by_tag_[hours.current()];
  slot = target.code << HourTags::kBits | hours.current() | (slot & mark_);
  if (!target.holds_key) MarkWayTo(LineOf(target.slot), slot);
  return age;
}

// No branch but on a match: which line decides, and whether one does, cannot be foreseen.
template <uint32_t kLines>
DedupShard::Outcome DedupShard::Try(Start start, const HourTags& hours) {
  const auto line_at = [&](uint32_t i) {
    return (i % 2 == 0 ? start.line : Sibling(start.line)) + i / 2 * kBucketSlots;
  };
  const uint64_t fingerprint = start.code >> kPlaceBits;
  uint32_t match = 0, free = 0;
  bool goes_on = true;
  for (uint32_t i = 0; i < kLines; ++i) {
    const SlotMasks masks = Masks(line_at(i), start.code + i / 2, hours);
    match |= masks.match << i * kLineSlots;
    free |= masks.free << i * kLineSlots;
    goes_on &= IsMarked(MarkAt(line_at(i), i % 2 == 0, fingerprint));
  }
  if (match != 0) [[unlikely]] {
    const auto at = static_cast<uint32_t>(std::countr_zero(match));
    uint64_t* const slot = line_at(at / kLineSlots) + at % kLineSlots;
    return {true, Put({slot, true, start.code + at / kBucketSlots}, hours)};
  }
  const bool decided = !goes_on && free != 0 && live_ < max_live_;
  const uint32_t at = decided ? static_cast<uint32_t>(std::countr_zero(free)) : 0;
  uint64_t& slot = line_at(at / kLineSlots)[at % kLineSlots];
  const uint64_t held = (start.code + at / kBucketSlots) << HourTags::kBits | hours.current();
  slot = decided ? held | (slot & mark_) : slot;
  live_ += decided;
  live_by_tag_[hours.current()] += decided;
  for (uint32_t i = 0; i + 1 < kLines; ++i) {
    MarkAt(line_at(i), i % 2 == 0, fingerprint) |= at / kLineSlots > i ? mark_ : 0;
  }
  return {decided, decided ? kNeverSeen : uint8_t{0}};
}

DedupShard::Outcome DedupShard::TryFirstLine(Start start, const HourTags& hours) {
  const Outcome outcome = Try<1>(start, hours);
  // Where it is not needed, of a line that is there already: that costs less than a branch.
  __builtin_prefetch(outcome.decided ? start.line : Sibling(start.line), 1);
  return outcome;
}

DedupShard::Outcome DedupShard::TryHomeBucket(Start start, const HourTags& hours) {
  const Outcome outcome = Try<2>(start, hours);
  if (!outcome.decided && max_after_ > 0) {
    __builtin_prefetch(start.line + kBucketSlots, 1);
    __builtin_prefetch(Sibling(start.line) + kBucketSlots, 1);
  }
  return outcome;
}

DedupShard::Outcome DedupShard::TryNextBucket(Start start, const HourTags& hours) {
  if (max_after_ == 0) return {false, 0};
  const Outcome outcome = Try<4>(start, hours);
  if (!outcome.decided && max_after_ > 1) {
    __builtin_prefetch(start.line + 2 * kBucketSlots, 1);
    __builtin_prefetch(Sibling(start.line) + 2 * kBucketSlots, 1);
  }
  return outcome;
}

uint8_t DedupShard::Insert(Key key, const HourTags& hours) {
  for (;;) {
    Target target = FindTarget(key, hours);
    if (target.slot == nullptr) [[unlikely]]
      target = MakePlaceNear(key, hours);
    if (target.slot == nullptr || (!target.holds_key && live_ >= max_live_)) [[unlikely]] {
      MakeRoom(hours);
      continue;
    }
    return Put(target, hours);
  }
}

void DedupShard::Undo(Key key, uint8_t age, const HourTags& hours) {
  uint64_t* const slot = Find(key, hours);
  ADTALLY_CHECK(slot != nullptr && hours.AgeOf(*slot) == 0,
                "only an insert of this hour can be undone");
  --live_by_tag_[hours.current()];
  *slot &= ~HourTags::kMask;
  if (age == kNeverSeen) {
    --live_;
    return;
  }
  const uint32_t tag = (hours.current() + HourTags::kCycle - 1 - age) % HourTags::kCycle + 1;
  ++live_by_tag_[tag];
  *slot |= tag;
}

void DedupShard::Expire(const HourTags& hours) {
  live_ -= live_by_tag_[hours.expired()];
  live_by_tag_[hours.expired()] = 0;
}

}  // namespace adtally
