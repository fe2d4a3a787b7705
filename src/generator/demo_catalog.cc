#include "generator/demo_catalog.h"

#include <fmt/format.h>

#include <array>

namespace adtally {
namespace {

constexpr std::array<std::string_view, kDemoAdGroups> kAdGroupNames = {"Prospecting", "Retargeting",
                                                                       "Lookalike audience"};
constexpr std::array<std::string_view, kDemoCreatives> kCreativeNames = {
    "Hero video 15 s", "Carousel", "Static 300×250"};

const DemoAdvertiser& AdvertiserOf(const DemoCampaign& campaign) {
  return DemoAdvertisers()[campaign.advertiser_id - 1];
}

void AppendItem(std::string& list, const std::string& item) {
  if (!list.empty()) list += ',';
  list += item;
}

}  // namespace

const std::vector<DemoAdvertiser>& DemoAdvertisers() {
  static const std::vector<DemoAdvertiser> advertisers = {
      {1, "Alpine Outfitters", "Europe/Berlin", "EUR", "www.alpine-outfitters.example"},
      {2, "Brightside Coffee", "America/New_York", "USD", "shop.brightside-coffee.example"},
      {3, "Nordlicht Reisen", "Europe/Vienna", "EUR", "www.nordlicht-reisen.example"},
      {4, "Pixel & Pine Games", "America/Los_Angeles", "USD", "play.pixelandpine.example"},
      {5, "Maison Verdier", "Europe/Paris", "EUR", "www.maison-verdier.example"},
  };
  return advertisers;
}

const std::vector<DemoCampaign>& DemoCampaigns() {
  static const std::vector<DemoCampaign> campaigns = {
      {101, 1, "Spring Sale – Running Shoes", "running-shoes", 14, 0.024, 0.041, 3.2, 0.42, 89},
      {102, 1, "Trail Jackets 2026", "trail-jackets", 8, 0.017, 0.032, 2.9, 0.55, 149},
      {103, 1, "Brand – Alpine Outfitters", "home", 6, 0.029, 0.048, 2.1, 0.31, 74},
      {104, 1, "Kids' Hiking Week", "kids-hiking", 3, 0.013, 0.027, 2.4, 0.38, 46},
      {105, 1, "Clearance – Winter Boots", "winter-boots", 4, 0.021, 0.044, 1.6, 0.29, 62},
      {201, 2, "Cold Brew Summer", "cold-brew", 11, 0.019, 0.036, 4.1, 0.61, 24},
      {202, 2, "Subscription – First Bag Free", "first-bag-free", 9, 0.026, 0.046, 3.8, 0.95, 18},
      {203, 2, "Espresso Machines – Gift Guide", "gift-guide", 5, 0.011, 0.014, 5.2, 1.20, 329},
      {204, 2, "Store Openings – Brooklyn", "brooklyn", 2, 0.022, 0.012, 6.0, 0.74, 9},
      {205, 2, "Decaf Week", "decaf-week", 2, 0.009, 0.021, 2.7, 0.48, 21},
      {301, 3, "Lofoten in September", "lofoten", 7, 0.015, 0.011, 5.6, 1.45, 1290},
      {302, 3, "Last Minute – Kanaren", "kanaren", 10, 0.028, 0.016, 4.4, 1.10, 870},
      {303, 3, "Nachtzug nach Stockholm", "nachtzug", 4, 0.018, 0.022, 3.1, 0.66, 214},
      {304, 3, "City Breaks – Kopenhagen", "kopenhagen", 5, 0.016, 0.019, 3.5, 0.72, 385},
      {305, 3, "Newsletter – Reisefieber", "reisefieber", 3, 0.012, 0.050, 1.9, 0.35, 0},
      {401, 4, "Launch – Lighthouse Keeper", "lighthouse-keeper", 16, 0.027, 0.038, 6.8, 0.88, 30},
      {402, 4, "Pre-order – Tiny Railways 2", "tiny-railways-2", 9, 0.023, 0.034, 5.9, 0.79, 25},
      {403, 4, "Autumn Bundle", "autumn-bundle", 5, 0.014, 0.042, 3.3, 0.52, 45},
      {404, 4, "Demo Week – Mossgrove", "mossgrove", 4, 0.030, 0.045, 4.0, 0.47, 0},
      {405, 4, "Creator Keys", "creator-keys", 1, 0.008, 0.015, 7.5, 1.05, 15},
      {501, 5, "Eau de Verveine", "verveine", 8, 0.013, 0.024, 7.9, 1.30, 112},
      {502, 5, "Coffrets de Noël", "coffrets", 6, 0.020, 0.037, 6.4, 1.15, 138},
      {503, 5, "Boutique en ligne – Soldes", "soldes", 7, 0.025, 0.040, 4.7, 0.83, 67},
      {504, 5, "Atelier Verdier – Film", "atelier", 3, 0.006, 0.010, 9.8, 1.60, 95},
  };
  return campaigns;
}

std::string DemoLandingUrl(const DemoCampaign& campaign, uint32_t creative_id) {
  return fmt::format("https://{}/{}?creative={}", AdvertiserOf(campaign).site, campaign.slug,
                     creative_id);
}

std::string DemoCatalogJson() {
  std::string advertisers, campaigns, ad_groups, creatives;
  for (const DemoAdvertiser& a : DemoAdvertisers()) {
    AppendItem(advertisers,
               fmt::format(R"({{"id":{},"name":"{}","time_zone":"{}","currency":"{}"}})", a.id,
                           a.name, a.time_zone, a.currency));
  }
  for (const DemoCampaign& c : DemoCampaigns()) {
    AppendItem(campaigns, fmt::format(R"({{"id":{},"advertiser_id":{},"name":"{}"}})", c.id,
                                      c.advertiser_id, c.name));
    for (uint32_t g = 0; g < kDemoAdGroups; ++g) {
      const uint32_t group = c.id * 10 + g;
      AppendItem(ad_groups, fmt::format(R"({{"id":{},"campaign_id":{},"name":"{}"}})", group, c.id,
                                        kAdGroupNames[g]));
      for (uint32_t k = 0; k < kDemoCreatives; ++k) {
        const uint32_t creative = group * 10 + k;
        AppendItem(creatives,
                   fmt::format(R"({{"id":{},"ad_group_id":{},"name":"{}","landing_url":"{}"}})",
                               creative, group, kCreativeNames[k], DemoLandingUrl(c, creative)));
      }
    }
  }
  return fmt::format(R"({{"advertisers":[{}],"campaigns":[{}],"ad_groups":[{}],"creatives":[{}]}})",
                     advertisers, campaigns, ad_groups, creatives);
}

}  // namespace adtally
