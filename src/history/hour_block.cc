#include "history/hour_block.h"

#include "history/sums.h"

namespace adtally {
namespace {

constexpr size_t kColumns = 18;

}  // namespace

std::string_view HourBlock::into() {
  return "adtally.hour (hour, hour_minutes, generation, advertiser_id, campaign_id, ad_group_id, "
         "creative_id, device, country, region, impressions, clicks, conversions, "
         "invalid_impressions, invalid_clicks, invalid_conversions, spend_micros, "
         "conversion_value_micros)";
}

void HourBlock::Add(int64_t begin_s, uint8_t minutes, const Dimensions& d, const Measures& m) {
  hours_.push_back(static_cast<uint32_t>(begin_s));
  minutes_.push_back(minutes);
  advertisers_.push_back(d.advertiser_id);
  campaigns_.push_back(d.campaign_id);
  ad_groups_.push_back(d.ad_group_id);
  creatives_.push_back(d.creative_id);
  devices_.push_back(static_cast<uint8_t>(d.device));
  country_.push_back(countries_.NumberOf(d.country));
  region_.push_back(regions_.NumberOf(d.region));
  impressions_.push_back(m.impressions);
  clicks_.push_back(m.clicks);
  conversions_.push_back(m.conversions);
  invalid_impressions_.push_back(m.invalid_impressions);
  invalid_clicks_.push_back(m.invalid_clicks);
  invalid_conversions_.push_back(m.invalid_conversions);
  spend_.push_back(m.spend_micros);
  value_.push_back(m.conversion_value_micros);
  AddSums(sums_, m);
}

std::string_view HourBlock::Encode(Generation generation) {
  block_.Reset(kColumns, rows());
  block_.DateTime("hour", hours_);
  block_.UInt8("hour_minutes", minutes_);
  block_.UInt32("generation", std::vector<uint32_t>(rows(), generation));
  block_.UInt32("advertiser_id", advertisers_);
  block_.UInt32("campaign_id", campaigns_);
  block_.UInt32("ad_group_id", ad_groups_);
  block_.UInt32("creative_id", creatives_);
  block_.UInt8("device", devices_);
  block_.LowCardinality("country", countries_.keys(), country_);
  block_.LowCardinality("region", regions_.keys(), region_);
  block_.UInt64("impressions", impressions_);
  block_.UInt64("clicks", clicks_);
  block_.UInt64("conversions", conversions_);
  block_.UInt64("invalid_impressions", invalid_impressions_);
  block_.UInt64("invalid_clicks", invalid_clicks_);
  block_.UInt64("invalid_conversions", invalid_conversions_);
  block_.Int64("spend_micros", spend_);
  block_.Int64("conversion_value_micros", value_);
  return block_.bytes();
}

void HourBlock::Clear() {
  for (auto* column : {&hours_, &advertisers_, &campaigns_, &ad_groups_, &creatives_}) {
    column->clear();
  }
  for (auto* column : {&minutes_, &devices_}) column->clear();
  for (auto* column : {&country_, &region_}) column->clear();
  for (auto* column : {&impressions_, &clicks_, &conversions_, &invalid_impressions_,
                       &invalid_clicks_, &invalid_conversions_}) {
    column->clear();
  }
  for (auto* column : {&spend_, &value_}) column->clear();
  countries_.Clear();
  regions_.Clear();
  sums_ = {};
}

}  // namespace adtally
