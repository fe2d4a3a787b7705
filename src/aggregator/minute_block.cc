#include "aggregator/minute_block.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"

namespace adtally {
namespace {

constexpr size_t kColumns = 8 + kCountColumns.size() + kMoneyColumns.size();
// Rows are read once a column: so few at a time that they stay in the first-level cache meanwhile.
constexpr size_t kRowsAtATime = 128;

// Where the values of each column of numbers go.
struct Places {
  char *minute, *advertiser, *campaign, *ad_group, *creative, *device;
  std::array<char*, kCountColumns.size()> counts;
  std::array<char*, kMoneyColumns.size()> money;
};

Places PlaceColumns(NativeBlock& block) {
  using Place = NativeBlock::Place;
  const Place minute = block.PlaceDateTime("minute");
  const Place advertiser = block.PlaceUInt32("advertiser_id");
  const Place campaign = block.PlaceUInt32("campaign_id");
  const Place ad_group = block.PlaceUInt32("ad_group_id");
  const Place creative = block.PlaceUInt32("creative_id");
  const Place device = block.PlaceUInt8("device");
  std::array<Place, kCountColumns.size()> counts{};
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = block.PlaceUInt64(kCountColumns[i].name);
  std::array<Place, kMoneyColumns.size()> money{};
  for (size_t i = 0; i < money.size(); ++i) money[i] = block.PlaceInt64(kMoneyColumns[i].name);

  // Only now: a column that is added may move those before it.
  Places places{};
  places.minute = block.at(minute);
  places.advertiser = block.at(advertiser);
  places.campaign = block.at(campaign);
  places.ad_group = block.at(ad_group);
  places.creative = block.at(creative);
  places.device = block.at(device);
  for (size_t i = 0; i < counts.size(); ++i) places.counts[i] = block.at(counts[i]);
  for (size_t i = 0; i < money.size(); ++i) places.money[i] = block.at(money[i]);
  return places;
}

// Writes value_of(row) of each row at `place` and moves it behind them. By way of the cache: a copy
// of many values keeps more of the slow memory behind it busy than a store of each would.
template <class ValueOf>
void Fill(char*& place, std::span<const MinuteRow> rows, ValueOf value_of) {
  std::array<decltype(value_of(rows[0])), kRowsAtATime> values;
  for (size_t i = 0; i < rows.size(); ++i) values[i] = value_of(rows[i]);
  const size_t bytes = rows.size() * sizeof(values[0]);
  std::memcpy(place, values.data(), bytes);
  place += bytes;
}

void FillColumns(Places& places, std::span<const MinuteRow> rows) {
  using Row = const MinuteRow&;
  Fill(places.minute, rows, [](Row r) { return r.key.minute.value * kSecondsPerMinute; });
  Fill(places.advertiser, rows, [](Row r) { return r.key.dimensions.advertiser_id; });
  Fill(places.campaign, rows, [](Row r) { return r.key.dimensions.campaign_id; });
  Fill(places.ad_group, rows, [](Row r) { return r.key.dimensions.ad_group_id; });
  Fill(places.creative, rows, [](Row r) { return r.key.dimensions.creative_id; });
  Fill(places.device, rows, [](Row r) { return r.key.dimensions.device; });
  for (size_t i = 0; i < kCountColumns.size(); ++i) {
    const auto field = kCountColumns[i].field;
    Fill(places.counts[i], rows, [field](Row r) { return r.measures.*field; });
  }
  for (size_t i = 0; i < kMoneyColumns.size(); ++i) {
    const auto field = kMoneyColumns[i].field;
    Fill(places.money[i], rows, [field](Row r) { return r.measures.*field; });
  }
}

MinuteRow Receipt(uint32_t hour, Partition partition, Offset end) {
  MinuteRow receipt;
  receipt.key.minute = Minute(hour * kMinutesPerHour);
  receipt.key.dimensions.campaign_id = partition.value;
  receipt.key.dimensions.ad_group_id = static_cast<uint32_t>(end.value >> 32);
  receipt.key.dimensions.creative_id = static_cast<uint32_t>(end.value);
  return receipt;
}

// a < b, for rows of one hour. Rows of a checkpoint mostly differ in the first two comparisons.
bool Before(const MinuteKey& a, const MinuteKey& b) {
  const auto pair = [](uint32_t high, uint32_t low) { return uint64_t{high} << 32 | low; };
  const Dimensions& x = a.dimensions;
  const Dimensions& y = b.dimensions;
  const uint64_t campaign_x = pair(x.advertiser_id, x.campaign_id);
  const uint64_t campaign_y = pair(y.advertiser_id, y.campaign_id);
  if (campaign_x != campaign_y) return campaign_x < campaign_y;
  const uint64_t ad_x = pair(a.minute.value, x.ad_group_id);
  const uint64_t ad_y = pair(b.minute.value, y.ad_group_id);
  if (ad_x != ad_y) return ad_x < ad_y;
  return a < b;
}

void CheckRows(uint32_t hour, std::span<const MinuteRow> rows) {
  const uint32_t first_minute = hour * kMinutesPerHour;
  const MinuteRow* previous = nullptr;
  for (const MinuteRow& row : rows) {
    ADTALLY_CHECK(row.key.minute.value - first_minute < kMinutesPerHour,
                  "a minute row of another hour");
    ADTALLY_CHECK(row.key.dimensions.advertiser_id != 0, "advertiser 0 is kept for receipts");
    ADTALLY_CHECK(previous == nullptr || Before(previous->key, row.key),
                  "the rows of a checkpoint are sorted");
    previous = &row;
  }
}

}  // namespace

std::string_view MinuteBlock::into() {
  static const std::string into =
      "adtally.minute (minute, advertiser_id, campaign_id, ad_group_id, creative_id, device, " +
      MeasureColumnList() + ", country, region)";
  return into;
}

std::string_view MinuteBlock::Encode(uint32_t hour, std::span<const MinuteRow> rows,
                                     Partition partition, Offset end) {
  block_.Reset(kColumns, rows.size() + 1);
  Places places = PlaceColumns(block_);
  countries_.Clear();
  regions_.Clear();
  country_.resize(rows.size() + 1);
  region_.resize(rows.size() + 1);

  const MinuteRow receipt = Receipt(hour, partition, end);
  FillColumns(places, std::span(&receipt, 1));
  country_[0] = region_[0] = 0;
  for (size_t done = 0; done < rows.size();) {
    // The first row of these is checked against the last of those before.
    const size_t overlap = done > 0 ? 1 : 0;
    const auto chunk = rows.subspan(done, std::min(kRowsAtATime, rows.size() - done));
    CheckRows(hour, rows.subspan(done - overlap, chunk.size() + overlap));
    FillColumns(places, chunk);
    for (const MinuteRow& row : chunk) {
      ++done;
      country_[done] = countries_.NumberOf(row.key.dimensions.country);
      region_[done] = regions_.NumberOf(row.key.dimensions.region);
    }
  }
  block_.LowCardinality("country", countries_.keys(), country_);
  block_.LowCardinality("region", regions_.keys(), region_);
  return block_.bytes();
}

size_t MinuteBlock::kept_bytes() const {
  return block_.capacity_bytes() + sizeof(uint16_t) * (country_.capacity() + region_.capacity());
}

}  // namespace adtally
