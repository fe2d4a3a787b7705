#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adtally {

// The sample advertisers of `adtally demo` and how their campaigns behave.
struct DemoAdvertiser {
  uint32_t id;
  std::string_view name;
  std::string_view time_zone;  // IANA name
  std::string_view currency;   // ISO 4217
  std::string_view site;       // where its landing pages are
};

struct DemoCampaign {
  uint32_t id;
  uint32_t advertiser_id;
  std::string_view name;
  std::string_view slug;   // of its landing pages
  double weight;           // share of the impressions, relative to the others
  double click_rate;       // clicks per impression
  double conversion_rate;  // conversions per click
  double cpm;              // in units of the currency, like the next two
  double cpc;
  double order_value;
};

// Ad groups of campaign c have the ids 10 c + 0, 1, 2; the creatives of ad group a have 10 a + 0,
// 1, 2.
inline constexpr uint32_t kDemoAdGroups = 3;
inline constexpr uint32_t kDemoCreatives = 3;

const std::vector<DemoAdvertiser>& DemoAdvertisers();
const std::vector<DemoCampaign>& DemoCampaigns();

// "https://SITE/SLUG?creative=ID", of the .example domain, which belongs to nobody.
std::string DemoLandingUrl(const DemoCampaign& campaign, uint32_t creative_id);

// The whole sample catalog as a body for POST /v1/catalog.
std::string DemoCatalogJson();

}  // namespace adtally
