#pragma once

#include <cstdint>
#include <vector>

#include "event/event.h"
#include "generator/alias_table.h"
#include "generator/audience.h"
#include "generator/random.h"

namespace adtally {

// How a campaign behaves. Ids follow from each other: ad group g of campaign c is 10 c + g,
// creative k of ad group a is 10 a + k, both counted from 0.
struct CampaignProfile {
  uint32_t id;
  uint32_t advertiser_id;
  uint8_t ad_groups;           // 1 to 4
  uint8_t creatives;           // per ad group, 1 to 4
  uint8_t home_country;        // index for Audience
  float click_rate;            // clicks per impression, 0.005 to 0.03
  float conversion_rate;       // conversions per click, 0.01 to 0.05
  uint32_t impression_micros;  // around 1/1000 of the CPM
  uint32_t click_micros;       // around the CPC
  uint32_t order_micros;       // around the value of a conversion
};

// The campaigns of a run: campaign 1 is the most popular one, the others follow by Zipf's law.
// Advertisers get their campaigns dealt out in turn, so that each has some of the popular ones. A
// function of its arguments. Immutable, hence thread-safe.
class CampaignModel {
 public:
  static constexpr uint32_t kMaxCampaigns = 10'000'000;  // creative ids stay below 2^32
  static constexpr uint32_t kCampaignsPerAdvertiser = 20;

  // `campaigns` in [1, kMaxCampaigns]; an advertiser has at most `campaigns_per_advertiser`, at
  // least 1.
  CampaignModel(uint32_t campaigns, double zipf_exponent, uint64_t seed,
                uint32_t campaigns_per_advertiser = kCampaignsPerAdvertiser);

  const CampaignProfile& Sample(Random& random) const {
    return campaigns_[popularity_.Sample(random)];
  }
  // Everything about one impression of the campaign: who saw which creative where.
  Dimensions SampleDimensions(const CampaignProfile& campaign, Random& random) const;

  const std::vector<CampaignProfile>& campaigns() const { return campaigns_; }

 private:
  Audience audience_;
  AliasTable popularity_;
  std::vector<CampaignProfile> campaigns_;
};

}  // namespace adtally
