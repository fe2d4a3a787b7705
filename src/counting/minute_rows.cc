#include "counting/minute_rows.h"

#include <algorithm>
#include <cstddef>

namespace adtally {
namespace {

constexpr size_t kMinIndex = 1024;
// Below one row in so many entries, finding the rows' entries is cheaper than clearing all.
constexpr size_t kSparse = 16;
constexpr size_t kUnpackAhead = 16;
constexpr uint64_t kDuplicateBit = 1;  // of a key's last word

__extension__ using Uint128 = unsigned __int128;

// Folded 64x64 multiply, as in wyhash (https://github.com/wangyi-fudan/wyhash): enough mixing for
// an in-memory table.
uint64_t Mix(uint64_t a, uint64_t b) {
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint32_t HashOf(const std::array<uint64_t, 3>& key) {
  const uint64_t first = Mix(key[0] ^ 0x9e3779b97f4a7c15, key[1] ^ 0xe7037ed1a0b428db);
  return static_cast<uint32_t>(Mix(first ^ 0x8ebc6af09c88c6e3, key[2] ^ 0x589965cc75374cc3));
}

// Where == would call memcmp.
bool SameKey(const std::array<uint64_t, 3>& a, const std::array<uint64_t, 3>& b) {
  return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2])) == 0;
}

bool IsDuplicate(const std::array<uint64_t, 3>& key) {
  return (key[2] & kDuplicateBit) != 0;
}

std::array<uint64_t, 3> WithoutDuplicateBit(std::array<uint64_t, 3> key) {
  key[2] &= ~kDuplicateBit;
  return key;
}

// Letters and digits in 6 bits, in the order of their bytes; 0 for none.
constexpr uint64_t PlaceBits(char c) {
  return c == 0     ? 0
         : c <= '9' ? static_cast<uint64_t>(c - '0') + 1
                    : static_cast<uint64_t>(c - 'A') + 11;
}
constexpr char PlaceChar(uint64_t bits) {
  bits &= 63;
  return bits == 0 ? '\0' : static_cast<char>(bits < 11 ? '0' + (bits - 1) : 'A' + (bits - 11));
}

}  // namespace

// word 0: hour 21, advertiser 32, campaign's high 11 bits; word 1: campaign's low 21, minute of the
// hour 6, ad group 32, creative's high 5; word 2: creative's low 27, device 3, country 12, region
// 18, 3 bits of 0, and whether it is a duplicate.
EventDelta DeltaOf(const Event& event) {
  const auto minute = static_cast<uint32_t>(event.time.value / kMillisPerMinute);
  const Dimensions& d = event.dimensions;
  const auto& country = d.country.chars;
  const auto& region = d.region.chars;
  EventDelta delta;
  delta.key = {uint64_t{minute / kMinutesPerHour} << 43 | uint64_t{d.advertiser_id} << 11 |
                   d.campaign_id >> 21,
               uint64_t{d.campaign_id} << 43 | uint64_t{minute % kMinutesPerHour} << 37 |
                   uint64_t{d.ad_group_id} << 5 | d.creative_id >> 27,
               uint64_t{d.creative_id} << 37 | static_cast<uint64_t>(d.device) << 34 |
                   PlaceBits(country[0]) << 28 | PlaceBits(country[1]) << 22 |
                   PlaceBits(region[0]) << 16 | PlaceBits(region[1]) << 10 |
                   PlaceBits(region[2]) << 4};
  delta.cost_micros = event.cost_micros;
  delta.value_micros = event.value_micros;
  delta.hash = HashOf(delta.key);
  delta.type = event.type;
  delta.invalid_reason = event.invalid_reason;
  return delta;
}

EventDelta AsDuplicate(const EventDelta& delta) {
  EventDelta duplicate = delta;
  duplicate.key[2] |= kDuplicateBit;
  duplicate.hash = HashOf(duplicate.key);
  duplicate.cost_micros = 0;
  duplicate.value_micros = 0;
  duplicate.invalid_reason = InvalidReason::kNone;
  return duplicate;
}

MinuteKey MinuteRows::UnpackKey(const Row& row) {
  MinuteKey out;
  const auto& key = row.key;
  out.minute = Minute(static_cast<uint32_t>(key[0] >> 43) * kMinutesPerHour +
                      static_cast<uint32_t>(key[1] >> 37 & 63));
  Dimensions& d = out.dimensions;
  d.advertiser_id = static_cast<uint32_t>(key[0] >> 11);
  d.campaign_id = static_cast<uint32_t>(key[0] << 21 | key[1] >> 43);
  d.ad_group_id = static_cast<uint32_t>(key[1] >> 5);
  d.creative_id = static_cast<uint32_t>(key[1] << 27 | key[2] >> 37);
  d.device = static_cast<Device>(key[2] >> 34 & 7);
  d.country.chars = {PlaceChar(key[2] >> 28), PlaceChar(key[2] >> 22)};
  d.region.chars = {PlaceChar(key[2] >> 16), PlaceChar(key[2] >> 10), PlaceChar(key[2] >> 4)};
  return out;
}

Measures MinuteRows::MeasuresOf(const Row& row) {
  const auto& counts = row.counts;
  if (IsDuplicate(row.key)) {
    return {.duplicate_impressions = counts[0],
            .duplicate_clicks = counts[1],
            .duplicate_conversions = counts[2]};
  }
  return {.impressions = counts[0],
          .clicks = counts[1],
          .conversions = counts[2],
          .invalid_impressions = counts[3],
          .invalid_clicks = counts[4],
          .invalid_conversions = counts[5],
          .spend_micros = row.spend_micros,
          .conversion_value_micros = row.conversion_value_micros};
}

MinuteRows::MinuteRows() : index_(kMinIndex) {}

MinuteRows::Row& MinuteRows::FindOrAdd(const EventDelta& delta) {
  const size_t mask = index_.size() - 1;
  for (size_t at = delta.hash & mask;; at = (at + 1) & mask) {
    const uint64_t entry = index_[at];
    if (entry == 0) {
      rows_.push_back({delta.key, {}, 0, 0});
      index_[at] = uint64_t{delta.hash} << 32 | rows_.size();
      if (rows_.size() * 2 > index_.size()) GrowIndex();
      return rows_.back();
    }
    if (entry >> 32 != delta.hash) continue;
    Row& row = rows_[static_cast<uint32_t>(entry) - 1];
    if (SameKey(row.key, delta.key)) return row;
  }
}

void MinuteRows::GrowIndex() {
  decltype(index_) next(index_.size() * 2);
  const size_t mask = next.size() - 1;
  for (const uint64_t entry : index_) {
    if (entry == 0) continue;
    size_t at = (entry >> 32) & mask;
    while (next[at] != 0) at = (at + 1) & mask;
    next[at] = entry;
  }
  index_ = std::move(next);
}

void MinuteRows::Add(std::span<const EventDelta> deltas) {
  // The rows' numbers are in the index, which the caller prefetched; a wrong guess costs nothing.
  const size_t mask = index_.size() - 1;
  for (const EventDelta& delta : deltas) {
    const auto number = static_cast<uint32_t>(index_[delta.hash & mask]);
    __builtin_prefetch(rows_.data() + number - (number != 0), 1);
  }
  // Where new rows will come: between accesses at random the hardware does not see that they follow
  // one another, and each would wait for its line.
  const size_t ahead = std::min(deltas.size() / 2, rows_.capacity() - rows_.size());
  for (size_t i = 0; i < ahead; ++i) __builtin_prefetch(rows_.data() + rows_.size() + i, 1);
  for (const EventDelta& delta : deltas) {
    Row& row = FindOrAdd(delta);
    const bool valid = delta.invalid_reason == InvalidReason::kNone;
    row.counts[static_cast<size_t>(delta.type) - 1 + (valid ? 0 : 3)] += 1;
    row.spend_micros += valid ? delta.cost_micros : 0;
    row.conversion_value_micros += valid ? delta.value_micros : 0;
  }
}

std::vector<MinuteRow> MinuteRows::Sorted() {
  static_assert(offsetof(Row, key) == 0);
  const std::span<const uint32_t> order =
      sorter_.Sort(reinterpret_cast<const std::byte*>(rows_.data()), rows_.size(), sizeof(Row));
  std::vector<MinuteRow> sorted;
  sorted.reserve(order.size());
  const Row* previous = nullptr;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i + kUnpackAhead < order.size()) __builtin_prefetch(&rows_[order[i + kUnpackAhead]]);
    const Row& row = rows_[order[i]];
    if (IsDuplicate(row.key) && previous != nullptr &&
        SameKey(previous->key, WithoutDuplicateBit(row.key))) [[unlikely]] {
      AddMeasures(sorted.back().measures, MeasuresOf(row));
    } else {
      sorted.push_back({UnpackKey(row), MeasuresOf(row)});
    }
    previous = &row;
  }
  return sorted;
}

void MinuteRows::Clear() {
  if (rows_.size() * kSparse > index_.size()) {
    std::fill(index_.begin(), index_.end(), 0);
  } else {
    // Every entry lies behind the place of its hash with no empty one between, and all go.
    const size_t mask = index_.size() - 1;
    for (const Row& row : rows_) {
      for (size_t at = HashOf(row.key) & mask; index_[at] != 0; at = (at + 1) & mask)
        index_[at] = 0;
    }
  }
  rows_.clear();
}

}  // namespace adtally
