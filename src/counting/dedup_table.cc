#include "counting/dedup_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace adtally {
namespace {

constexpr uint32_t kGrowToPercent = 70;
constexpr uint32_t kMaxWindowHours = 30;
constexpr size_t kShardsSweptAnHour = 2;

}  // namespace

int DedupTable::UnitBits(uint64_t max_ids) {
  // At most 25: with the fingerprint's 55 bits that is all of an id.
  return std::clamp(static_cast<int>(std::bit_width((max_ids - 1) / kShards)), kShardBits, 25);
}

DedupTable::DedupTable(DedupOptions options)
    : window_hours_(options.window_hours),
      unit_bits_(UnitBits(options.max_ids)),
      fingerprint_mask_(~uint64_t{0} << (DedupShard::kFingerprintBits - options.fingerprint_bits)),
      tags_(0, options.window_hours) {
  // An undone slot is window + 1 hours old at once, and waits for a sweep that comes every 16 hours
  // and passes over shards that were cleaned in the last 14.
  static_assert(kMaxWindowHours + 1 + kShards / kShardsSweptAnHour + 14 < HourTags::kCycle);
  ADTALLY_CHECK(options.window_hours <= kMaxWindowHours,
                "the deduplication window does not fit the hour tags");
  ADTALLY_CHECK(options.max_ids > 0 && options.fingerprint_bits > 0 &&
                    options.fingerprint_bits <= DedupShard::kFingerprintBits,
                "ids or fingerprint bits out of range");
  shards_.reserve(kShards);
  for (uint32_t i = 0; i < kShards; ++i) {
    shards_.emplace_back(unit_bits_ - kShardBits, kGrowToPercent + i % 8);
  }
}

void DedupTable::AdvanceTo(uint32_t append_hour) {
  if (!started_) {
    started_ = true;
    hour_ = append_hour;
    tags_ = HourTags(hour_, window_hours_);
    return;
  }
  ADTALLY_CHECK(append_hour >= hour_, "append hours never fall");
  // After a gap longer than the tags can tell apart, walking the last full cycle expires
  // everything.
  if (append_hour - hour_ > HourTags::kCycle) hour_ = append_hour - HourTags::kCycle;
  while (hour_ < append_hour) {
    ++hour_;
    tags_ = HourTags(hour_, window_hours_);
    // The hour that leaves the window with this step is forgotten now, wherever its slots still
    // are.
    ids_by_tag_[HourTags::TagOf(hour_ + HourTags::kCycle - window_hours_ - 1)] = 0;
    for (size_t i = 0; i < kShardsSweptAnHour; ++i) {
      shards_[(hour_ * kShardsSweptAnHour + i) % kShards].RemoveExpired(tags_);
    }
  }
}

void DedupTable::NoteAge(uint8_t age) {
  if (age == 0) return;
  if (age != kNeverSeen) --ids_by_tag_[HourTags::TagOf(hour_ + HourTags::kCycle - age)];
  ++ids_by_tag_[tags_.current()];
}

uint8_t DedupTable::Insert(Hash128 id) {
  const Place place = Locate(id);
  const uint8_t age = shards_[place.shard].Insert(place.key, tags_);
  NoteAge(age);
  return age;
}

void DedupTable::InsertBatch(std::span<const Hash128> ids, std::span<uint8_t> ages) {
  ADTALLY_CHECK(ids.size() <= kMaxBatch && ages.size() >= ids.size(), "one result per id");
  std::array<uint8_t, kMaxBatch> undecided;
  size_t undecided_count = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    const Place place = Locate(ids[i]);
    const auto age = shards_[place.shard].TryInsert(place.key, tags_);
    ages[i] = age.value_or(0);
    NoteAge(ages[i]);
    undecided[undecided_count] = static_cast<uint8_t>(i);
    undecided_count += !age.has_value();
  }
  // In order, and all copies of an id that was not decided: the first one is the new one.
  for (size_t i = 0; i < undecided_count; ++i) ages[undecided[i]] = Insert(ids[undecided[i]]);
}

void DedupTable::Undo(Hash128 id, uint8_t age) {
  if (age == 0) return;
  const Place place = Locate(id);
  uint64_t* slot = shards_[place.shard].Find(place.key);
  ADTALLY_CHECK(slot != nullptr && tags_.AgeOf(*slot) == 0,
                "only an insert of this hour can be undone");
  --ids_by_tag_[tags_.current()];
  // A slot that was empty becomes an expired one: see invariant 2 of the shard.
  const uint32_t hours_back = age == kNeverSeen ? window_hours_ + 1 : age;
  const uint32_t tag = HourTags::TagOf(hour_ + HourTags::kCycle - hours_back);
  if (age != kNeverSeen) ++ids_by_tag_[tag];
  *slot = (*slot & ~HourTags::kMask) | tag;
}

void DedupTable::Reserve(uint64_t ids) {
  // Ids spread over the shards as a binomial does: three standard deviations more than the mean.
  const auto mean = static_cast<double>(ids) / kShards;
  for (DedupShard& shard : shards_) {
    shard.Reserve(static_cast<uint64_t>(mean + 3 * std::sqrt(mean)), tags_);
  }
}

bool DedupTable::Contains(Hash128 id) const {
  const Place place = Locate(id);
  const uint64_t* slot = shards_[place.shard].Find(place.key);
  return slot != nullptr && !tags_.IsFree(*slot);
}

uint64_t DedupTable::live_ids() const {
  return std::accumulate(ids_by_tag_.begin(), ids_by_tag_.end(), uint64_t{0});
}

size_t DedupTable::bytes() const {
  size_t bytes = sizeof(*this) + shards_.size() * sizeof(DedupShard);
  for (const DedupShard& shard : shards_) bytes += shard.bytes();
  return bytes;
}

}  // namespace adtally
