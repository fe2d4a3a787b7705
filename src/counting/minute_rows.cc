#include "counting/minute_rows.h"

#include <algorithm>
#include <numeric>

namespace adtally {
namespace {

constexpr size_t kMinIndex = 1024;
constexpr uint32_t kMinutesPerHour = 60;

__extension__ using Uint128 = unsigned __int128;

uint64_t Mix(uint64_t a, uint64_t b) {
  // Folded 64x64 multiply, as in wyhash: enough mixing for an in-memory table.
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t HashOf(const std::array<uint64_t, 4>& key) {
  return Mix(key[0] ^ 0x9e3779b97f4a7c15, key[1] ^ 0xe7037ed1a0b428db) ^
         Mix(key[2] ^ 0x8ebc6af09c88c6e3, key[3] ^ 0x589965cc75374cc3);
}

uint64_t Byte(char c) {
  return static_cast<unsigned char>(c);
}
char Char(uint64_t word, int shift) {
  return static_cast<char>(word >> shift & 0xff);
}

}  // namespace

MinuteRows::MinuteRows() : index_(kMinIndex) {}

// word 0: hour, advertiser; word 1: campaign, minute of the hour, 24 bits of the ad group;
// word 2: 8 bits of the ad group, creative, device, country; word 3: region.
MinuteRows::PackedKey MinuteRows::Pack(const Event& event) {
  const auto minute = static_cast<uint32_t>(event.time.value / kMillisPerMinute);
  const Dimensions& d = event.dimensions;
  return {
      uint64_t{minute / kMinutesPerHour} << 32 | d.advertiser_id,
      uint64_t{d.campaign_id} << 32 | uint64_t{minute % kMinutesPerHour} << 24 | d.ad_group_id >> 8,
      uint64_t{d.ad_group_id & 0xff} << 56 | uint64_t{d.creative_id} << 24 |
          uint64_t{static_cast<uint8_t>(d.device)} << 16 | Byte(d.country.chars[0]) << 8 |
          Byte(d.country.chars[1]),
      Byte(d.region.chars[0]) << 16 | Byte(d.region.chars[1]) << 8 | Byte(d.region.chars[2])};
}

MinuteKey MinuteRows::Unpack(const PackedKey& key) {
  MinuteKey out;
  out.minute = Minute(static_cast<uint32_t>(key[0] >> 32) * kMinutesPerHour +
                      static_cast<uint32_t>(key[1] >> 24 & 0xff));
  Dimensions& d = out.dimensions;
  d.advertiser_id = static_cast<uint32_t>(key[0]);
  d.campaign_id = static_cast<uint32_t>(key[1] >> 32);
  d.ad_group_id = static_cast<uint32_t>((key[1] & 0xffffff) << 8 | key[2] >> 56);
  d.creative_id = static_cast<uint32_t>(key[2] >> 24);
  d.device = static_cast<Device>(key[2] >> 16 & 0xff);
  d.country.chars = {Char(key[2], 8), Char(key[2], 0)};
  d.region.chars = {Char(key[3], 16), Char(key[3], 8), Char(key[3], 0)};
  return out;
}

Measures& MinuteRows::Find(const PackedKey& key) {
  const size_t mask = index_.size() - 1;
  for (size_t at = HashOf(key) & mask;; at = (at + 1) & mask) {
    if (index_[at] == 0) {
      rows_.push_back({key, {}});
      index_[at] = static_cast<uint32_t>(rows_.size());
      if (rows_.size() * 2 > index_.size()) Grow();
      return rows_.back().measures;
    }
    Row& row = rows_[index_[at] - 1];
    if (row.key == key) return row.measures;
  }
}

void MinuteRows::Grow() {
  index_.assign(index_.size() * 2, 0);
  const size_t mask = index_.size() - 1;
  for (size_t i = 0; i < rows_.size(); ++i) {
    size_t at = HashOf(rows_[i].key) & mask;
    while (index_[at] != 0) at = (at + 1) & mask;
    index_[at] = static_cast<uint32_t>(i + 1);
  }
}

void MinuteRows::Add(const Event& event) {
  Measures& m = Find(Pack(event));
  if (event.invalid_reason != InvalidReason::kNone) {
    m.invalid_impressions += event.type == EventType::kImpression;
    m.invalid_clicks += event.type == EventType::kClick;
    m.invalid_conversions += event.type == EventType::kConversion;
    return;
  }
  m.impressions += event.type == EventType::kImpression;
  m.clicks += event.type == EventType::kClick;
  m.conversions += event.type == EventType::kConversion;
  m.spend_micros += event.cost_micros;
  m.conversion_value_micros += event.value_micros;
}

std::vector<MinuteRow> MinuteRows::Sorted() const {
  std::vector<uint32_t> order(rows_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return rows_[a].key < rows_[b].key; });
  std::vector<MinuteRow> sorted;
  sorted.reserve(order.size());
  for (const uint32_t i : order) sorted.push_back({Unpack(rows_[i].key), rows_[i].measures});
  return sorted;
}

void MinuteRows::Clear() {
  std::fill(index_.begin(), index_.end(), 0);
  rows_.clear();
}

}  // namespace adtally
