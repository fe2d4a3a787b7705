#include "aggregator/minute_block.h"

#include "base/check.h"

namespace adtally {
namespace {

constexpr size_t kColumns = 16;
constexpr uint32_t kSecondsPerMinute = 60;
constexpr uint32_t kMinutesPerHour = 60;

constexpr std::array<std::string_view, 6> kCounts = {"impressions",    "clicks",
                                                     "conversions",    "invalid_impressions",
                                                     "invalid_clicks", "invalid_conversions"};

}  // namespace

std::string_view MinuteBlock::into() {
  return "adtally.minute (minute, advertiser_id, campaign_id, ad_group_id, creative_id, device, "
         "country, region, impressions, clicks, conversions, invalid_impressions, invalid_clicks, "
         "invalid_conversions, spend_micros, conversion_value_micros)";
}

std::string_view MinuteBlock::Encode(uint32_t hour, std::span<const MinuteRow> rows,
                                     Partition partition, Offset end) {
  Resize(rows.size() + 1);
  PutReceipt(hour, partition, end);
  size_t at = 1;
  for (const MinuteRow& row : rows) {
    ADTALLY_CHECK(row.key.minute.value / kMinutesPerHour == hour, "a minute row of another hour");
    ADTALLY_CHECK(row.key.dimensions.advertiser_id != 0, "advertiser 0 is kept for receipts");
    ADTALLY_CHECK(at == 1 || rows[at - 2].key < row.key, "the rows of a checkpoint are sorted");
    Put(at++, row);
  }

  block_.Reset(kColumns, rows.size() + 1);
  block_.DateTime("minute", minute_);
  block_.UInt32("advertiser_id", advertiser_);
  block_.UInt32("campaign_id", campaign_);
  block_.UInt32("ad_group_id", ad_group_);
  block_.UInt32("creative_id", creative_);
  block_.UInt8("device", device_);
  block_.String("country", country_);
  block_.String("region", region_);
  for (size_t i = 0; i < kCounts.size(); ++i) block_.UInt64(kCounts[i], counts_[i]);
  block_.Int64("spend_micros", spend_);
  block_.Int64("conversion_value_micros", value_);
  return block_.bytes();
}

void MinuteBlock::Resize(size_t rows) {
  for (auto* column : {&minute_, &advertiser_, &campaign_, &ad_group_, &creative_}) {
    column->resize(rows);
  }
  device_.resize(rows);
  country_.resize(rows);
  region_.resize(rows);
  for (auto& column : counts_) column.resize(rows);
  spend_.resize(rows);
  value_.resize(rows);
}

void MinuteBlock::PutReceipt(uint32_t hour, Partition partition, Offset end) {
  MinuteRow receipt;
  receipt.key.minute = Minute(hour * kMinutesPerHour);
  receipt.key.dimensions.campaign_id = partition.value;
  receipt.key.dimensions.ad_group_id = static_cast<uint32_t>(end.value >> 32);
  receipt.key.dimensions.creative_id = static_cast<uint32_t>(end.value);
  Put(0, receipt);
  country_[0] = region_[0] = {};
}

void MinuteBlock::Put(size_t at, const MinuteRow& row) {
  const Dimensions& dimensions = row.key.dimensions;
  minute_[at] = row.key.minute.value * kSecondsPerMinute;
  advertiser_[at] = dimensions.advertiser_id;
  campaign_[at] = dimensions.campaign_id;
  ad_group_[at] = dimensions.ad_group_id;
  creative_[at] = dimensions.creative_id;
  device_[at] = static_cast<uint8_t>(dimensions.device);
  country_[at] = dimensions.country.view();
  region_[at] = dimensions.region.view();
  const Measures& measures = row.measures;
  counts_[0][at] = measures.impressions;
  counts_[1][at] = measures.clicks;
  counts_[2][at] = measures.conversions;
  counts_[3][at] = measures.invalid_impressions;
  counts_[4][at] = measures.invalid_clicks;
  counts_[5][at] = measures.invalid_conversions;
  spend_[at] = measures.spend_micros;
  value_[at] = measures.conversion_value_micros;
}

}  // namespace adtally
