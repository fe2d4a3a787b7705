#include "counting/dedup_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace adtally {
namespace {

constexpr uint32_t kGrowToPercent = 70;
constexpr uint32_t kMaxWindowHours = 30;
constexpr size_t kShardsSweptAnHour = 1;

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
  // No slot may grow as old as the tags' cycle between two sweeps; see also AdvanceTo.
  static_assert(kMaxWindowHours + kShards / kShardsSweptAnHour < HourTags::kCycle);
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
  // everything: a tag that would look young at its end looks expired for the 62 - window_hours
  // hours before, and in so many every shard is swept once.
  if (append_hour - hour_ > HourTags::kCycle) hour_ = append_hour - HourTags::kCycle;
  while (hour_ < append_hour) {
    ++hour_;
    tags_ = HourTags(hour_, window_hours_);
    for (DedupShard& shard : shards_) shard.Expire(tags_);
    for (size_t i = 0; i < kShardsSweptAnHour; ++i) {
      shards_[(hour_ * kShardsSweptAnHour + i) % kShards].Sweep(tags_);
    }
  }
}

uint8_t DedupTable::Insert(Hash128 id) {
  const Location at = Locate(id);
  return shards_[at.shard].Insert(at.key, tags_);
}

void DedupTable::InsertBatch(std::span<const Hash128> ids, std::span<uint8_t> ages) {
  ADTALLY_CHECK(ids.size() <= kMaxBatch && ages.size() >= ids.size(), "one result per id");
  struct Search {
    DedupShard* shard;
    DedupShard::Start start;
  };
  std::array<Search, kMaxBatch> searches;
  // All at once: a prefetch that misses the TLB holds up what follows it until the page is found,
  // and only prefetches side by side find theirs at the same time.
  for (size_t i = 0; i < ids.size(); ++i) {
    const Location at = Locate(ids[i]);
    DedupShard& shard = shards_[at.shard];
    if (!shard.has_memory()) [[unlikely]]
      shard.TakeMemory(tags_);
    searches[i] = {&shard, shard.Begin(at.key)};
  }
  // Step by step in order, and all copies of an id that a step does not decide go to the next one:
  // the first one is the new one.
  static_assert(kMaxBatch <= 256);
  std::array<uint8_t, kMaxBatch> undecided;
  std::iota(undecided.begin(), undecided.end(), uint8_t{0});
  size_t count = ids.size();
  const auto try_each = [&](auto step) {
    const size_t tried = std::exchange(count, 0);
    for (size_t k = 0; k < tried; ++k) {
      const uint8_t i = undecided[k];
      const auto [decided, age] = (searches[i].shard->*step)(searches[i].start, tags_);
      ages[i] = age;
      undecided[count] = i;
      count += !decided;
    }
  };
  try_each(&DedupShard::TryFirstLine);
  try_each(&DedupShard::TryHomeBucket);
  try_each(&DedupShard::TryNextBucket);
  for (size_t k = 0; k < count; ++k) ages[undecided[k]] = Insert(ids[undecided[k]]);
}

void DedupTable::Undo(Hash128 id, uint8_t age) {
  if (age == 0) return;
  const Location at = Locate(id);
  shards_[at.shard].Undo(at.key, age, tags_);
}

void DedupTable::Reserve(uint64_t ids) {
  // Ids spread over the shards as a binomial does: three standard deviations more than the mean.
  const auto mean = static_cast<double>(ids) / kShards;
  for (DedupShard& shard : shards_) {
    shard.Reserve(static_cast<uint64_t>(mean + 3 * std::sqrt(mean)), tags_);
  }
}

bool DedupTable::Contains(Hash128 id) const {
  const Location at = Locate(id);
  return shards_[at.shard].Contains(at.key, tags_);
}

uint64_t DedupTable::live_ids() const {
  uint64_t ids = 0;
  for (const DedupShard& shard : shards_) ids += shard.live();
  return ids;
}

size_t DedupTable::bytes() const {
  size_t bytes = sizeof(*this) + shards_.size() * sizeof(DedupShard);
  for (const DedupShard& shard : shards_) bytes += shard.bytes();
  return bytes;
}

}  // namespace adtally
