#include "generator/campaign_model.h"

#include "base/check.h"

namespace adtally {
namespace {

constexpr double kAtHome = 0.85;  // share of a campaign's impressions in its home country

uint32_t Micros(double units) {
  return static_cast<uint32_t>(units * 1e6);
}

}  // namespace

CampaignModel::CampaignModel(uint32_t campaigns, double zipf_exponent, uint64_t seed,
                             uint32_t campaigns_per_advertiser)
    : popularity_(ZipfWeights(campaigns, zipf_exponent)) {
  ADTALLY_CHECK(campaigns <= kMaxCampaigns, "no more campaigns than there are ids");
  ADTALLY_CHECK(campaigns_per_advertiser > 0, "an advertiser has campaigns");
  const uint32_t advertisers =
      (campaigns + campaigns_per_advertiser - 1) / campaigns_per_advertiser;
  campaigns_.reserve(campaigns);
  for (uint32_t i = 0; i < campaigns; ++i) {
    Random random(CombineSeeds(seed, i));
    CampaignProfile c;
    c.id = i + 1;
    c.advertiser_id = i % advertisers + 1;
    c.ad_groups = static_cast<uint8_t>(1 + random.Below(4));
    c.creatives = static_cast<uint8_t>(1 + random.Below(4));
    c.home_country = static_cast<uint8_t>(audience_.SampleCountry(random));
    c.click_rate = static_cast<float>(random.Between(0.005, 0.03));
    c.conversion_rate = static_cast<float>(random.Between(0.01, 0.05));
    c.impression_micros = Micros(random.Between(0.5, 8.0)) / 1000;
    c.click_micros = Micros(random.Between(0.05, 2.5));
    c.order_micros = Micros(random.Between(8.0, 160.0));
    campaigns_.push_back(c);
  }
}

Dimensions CampaignModel::SampleDimensions(const CampaignProfile& campaign, Random& random) const {
  Dimensions d;
  d.advertiser_id = campaign.advertiser_id;
  d.campaign_id = campaign.id;
  d.ad_group_id = campaign.id * 10 + random.Below(campaign.ad_groups);
  d.creative_id = d.ad_group_id * 10 + random.Below(campaign.creatives);
  d.device = audience_.SampleDevice(random);
  const uint32_t country =
      random.Chance(kAtHome) ? campaign.home_country : audience_.SampleCountry(random);
  const AudiencePlace place = audience_.SamplePlace(country, random);
  d.country = place.country;
  d.region = place.region;
  return d;
}

}  // namespace adtally
