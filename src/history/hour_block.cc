#include "history/hour_block.h"

#include <string>

#include "tiers/tier_content.h"

namespace adtally {
namespace {

constexpr size_t kColumns = 10 + kCountColumns.size() + kMoneyColumns.size();

}  // namespace

std::string_view HourBlock::into() {
  static const std::string into = "adtally.hour (hour, hour_minutes, generation, " +
                                  std::string(kDimensionColumns) + ", " + MeasureColumnList() + ")";
  return into;
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
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i].push_back(m.*kCountColumns[i].field);
  for (size_t i = 0; i < money_.size(); ++i) money_[i].push_back(m.*kMoneyColumns[i].field);
  AddMeasures(sums_, m);
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
  for (size_t i = 0; i < counts_.size(); ++i) block_.UInt64(kCountColumns[i].name, counts_[i]);
  for (size_t i = 0; i < money_.size(); ++i) block_.Int64(kMoneyColumns[i].name, money_[i]);
  return block_.bytes();
}

void HourBlock::Clear() {
  for (auto* column : {&hours_, &advertisers_, &campaigns_, &ad_groups_, &creatives_}) {
    column->clear();
  }
  for (auto* column : {&minutes_, &devices_}) column->clear();
  for (auto* column : {&country_, &region_}) column->clear();
  for (auto& column : counts_) column.clear();
  for (auto& column : money_) column.clear();
  countries_.Clear();
  regions_.Clear();
  sums_ = {};
}

}  // namespace adtally
