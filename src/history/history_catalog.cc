#include "history/history_catalog.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/json_writer.h"

namespace adtally {
namespace {

constexpr std::array<std::string_view, 10> kFirstWords = {
    "Alpine",  "Brightside", "Nordlicht", "Harbour", "Copper",
    "Juniper", "Lakeview",   "Meridian",  "Sunday",  "Willow"};
constexpr std::array<std::string_view, 7> kSecondWords = {"Outfitters", "Coffee", "Travel", "Games",
                                                          "Interiors",  "Cycles", "Books"};
constexpr std::array<std::string_view, 9> kThemes = {"Brand",        "Spring Sale", "New Arrivals",
                                                     "Retargeting",  "Gift Guide",  "Launch",
                                                     "App Installs", "Newsletter",  "Clearance"};
constexpr std::array<std::string_view, 4> kAdGroups = {"Prospecting", "Retargeting",
                                                       "Lookalike audience", "Loyal customers"};
constexpr std::array<std::string_view, 4> kCreatives = {"Hero video 15 s", "Carousel",
                                                        "Static 300×250", "Story 9:16"};

std::string AdvertiserName(uint32_t id) {
  return fmt::format("{} {} {}", kFirstWords[id % kFirstWords.size()],
                     kSecondWords[id % kSecondWords.size()], id);
}

// {"id":…, PARENT:…, "name":…
void BeginEntity(JsonWriter& json, uint32_t id, std::string_view parent, uint32_t parent_id,
                 std::string_view name) {
  json.BeginObject();
  json.Key("id");
  json.UInt(id);
  if (!parent.empty()) {
    json.Key(parent);
    json.UInt(parent_id);
  }
  json.Key("name");
  json.String(name);
}

void AddAdvertisers(JsonWriter& json, const std::vector<HistoryCampaign>& campaigns) {
  uint32_t last = 0;
  for (const HistoryCampaign& campaign : campaigns) {
    const uint32_t id = campaign.profile.advertiser_id;
    if (id == last) continue;
    last = id;
    BeginEntity(json, id, "", 0, AdvertiserName(id));
    json.Key("time_zone");
    json.String(campaign.zone->name);
    json.Key("currency");
    json.String(campaign.zone->name == "Europe/Berlin" ? "EUR" : "USD");
    json.EndObject();
  }
}

void AddCampaigns(JsonWriter& json, const std::vector<HistoryCampaign>& campaigns) {
  for (const HistoryCampaign& campaign : campaigns) {
    const CampaignProfile& c = campaign.profile;
    BeginEntity(json, c.id, "advertiser_id", c.advertiser_id,
                fmt::format("{} {}", kThemes[c.id % kThemes.size()], c.id));
    json.EndObject();
  }
}

void AddAdGroups(JsonWriter& json, const std::vector<HistoryCampaign>& campaigns) {
  for (const HistoryCampaign& campaign : campaigns) {
    for (uint32_t g = 0; g < campaign.profile.ad_groups; ++g) {
      BeginEntity(json, campaign.profile.id * 10 + g, "campaign_id", campaign.profile.id,
                  kAdGroups[g]);
      json.EndObject();
    }
  }
}

void AddCreatives(JsonWriter& json, const std::vector<HistoryCampaign>& campaigns) {
  for (const HistoryCampaign& campaign : campaigns) {
    for (uint32_t g = 0; g < campaign.profile.ad_groups; ++g) {
      const uint32_t group = campaign.profile.id * 10 + g;
      for (uint32_t k = 0; k < campaign.profile.creatives; ++k) {
        BeginEntity(json, group * 10 + k, "ad_group_id", group, kCreatives[k]);
        json.Key("landing_url");
        json.String(fmt::format("https://shop{}.example/{}?creative={}",
                                campaign.profile.advertiser_id, campaign.profile.id,
                                group * 10 + k));
        json.EndObject();
      }
    }
  }
}

}  // namespace

std::string HistoryCatalogJson(const std::vector<HistoryCampaign>& campaigns) {
  JsonWriter json;
  json.BeginObject();
  const auto list = [&](std::string_view name, auto add) {
    json.Key(name);
    json.BeginArray();
    add(json, campaigns);
    json.EndArray();
  };
  list("advertisers", AddAdvertisers);
  list("campaigns", AddCampaigns);
  list("ad_groups", AddAdGroups);
  list("creatives", AddCreatives);
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
