#include "aggregator/click_conversion_block.h"

#include "base/check.h"
#include "base/utc_date.h"

namespace adtally {
namespace {

constexpr size_t kColumns = 12;

void CheckRows(uint32_t month, std::span<const ClickConversionRow> rows) {
  for (const ClickConversionRow& row : rows) {
    ADTALLY_CHECK(row.key.month() == month, "a click of another month");
    ADTALLY_CHECK(row.key.dimensions.advertiser_id != 0, "advertiser 0 is kept for receipts");
  }
}

}  // namespace

std::string_view ClickConversionBlock::into() {
  return "adtally.click_conversion (minute, advertiser_id, campaign_id, ad_group_id, creative_id, "
         "device, country, region, click_conversions, invalid_click_conversions, "
         "click_conversion_value_micros, delivered_to)";
}

template <class Value, class ValueOf>
std::span<const Value> ClickConversionBlock::Column(std::vector<Value>& values, Value receipt,
                                                    std::span<const ClickConversionRow> rows,
                                                    ValueOf value_of) {
  values.assign(1, receipt);
  for (const ClickConversionRow& row : rows) values.push_back(value_of(row));
  return values;
}

std::string_view ClickConversionBlock::Encode(uint32_t month,
                                              std::span<const ClickConversionRow> rows,
                                              Partition partition, Offset end) {
  using Row = const ClickConversionRow&;
  CheckRows(month, rows);
  block_.Reset(kColumns, rows.size() + 1);
  countries_.Clear();
  regions_.Clear();
  const auto ids = [&](std::string_view name, uint32_t receipt, auto value_of) {
    block_.UInt32(name, Column(ids_, receipt, rows, value_of));
  };
  const auto places = [&](std::string_view name, PlaceDictionary& codes, auto code_of) {
    const auto numbers =
        Column(places_, uint16_t{0}, rows, [&](Row row) { return codes.NumberOf(code_of(row)); });
    block_.LowCardinality(name, codes.keys(), numbers);
  };
  const auto counts = [&](std::string_view name, uint64_t receipt, auto value_of) {
    block_.UInt64(name, Column(counts_, receipt, rows, value_of));
  };

  block_.DateTime("minute",
                  Column(ids_, static_cast<uint32_t>(MonthStart(month)), rows,
                         [](Row row) { return row.key.minute.value * kSecondsPerMinute; }));
  ids("advertiser_id", 0, [](Row row) { return row.key.dimensions.advertiser_id; });
  ids("campaign_id", partition.value, [](Row row) { return row.key.dimensions.campaign_id; });
  ids("ad_group_id", 0, [](Row row) { return row.key.dimensions.ad_group_id; });
  ids("creative_id", 0, [](Row row) { return row.key.dimensions.creative_id; });
  block_.UInt8("device", Column(bytes_, uint8_t{0}, rows, [](Row row) {
                 return static_cast<uint8_t>(row.key.dimensions.device);
               }));
  places("country", countries_, [](Row row) { return row.key.dimensions.country; });
  places("region", regions_, [](Row row) { return row.key.dimensions.region; });
  counts("click_conversions", 0, [](Row row) { return row.conversions; });
  counts("invalid_click_conversions", 0, [](Row row) { return row.invalid_conversions; });
  block_.Int64("click_conversion_value_micros", Column(micros_, int64_t{0}, rows, [](Row row) {
                 return row.conversion_value_micros;
               }));
  counts("delivered_to", end.value, [](Row) { return uint64_t{0}; });
  return block_.bytes();
}

size_t ClickConversionBlock::kept_bytes() const {
  return block_.capacity_bytes() + bytes_.capacity() + sizeof(uint16_t) * places_.capacity() +
         sizeof(uint32_t) * ids_.capacity() + sizeof(uint64_t) * counts_.capacity() +
         sizeof(int64_t) * micros_.capacity();
}

}  // namespace adtally
