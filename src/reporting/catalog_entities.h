#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reporting/time_zones.h"

namespace adtally {

// What the catalog names. Ids are unique in their kind, whatever the advertiser.
struct Advertiser {
  uint32_t id = 0;
  std::string name;
  std::string time_zone;  // IANA name
  std::string currency;   // ISO 4217
};
struct Campaign {
  uint32_t id = 0;
  uint32_t advertiser_id = 0;
  std::string name;
};
struct AdGroup {
  uint32_t id = 0;
  uint32_t advertiser_id = 0;
  uint32_t campaign_id = 0;
  std::string name;
};
struct Creative {
  uint32_t id = 0;
  uint32_t advertiser_id = 0;
  uint32_t campaign_id = 0;
  uint32_t ad_group_id = 0;
  std::string name;
  std::string landing_url;  // see IsLandingUrl
};

// Some entities of each kind.
struct CatalogEntities {
  std::vector<Advertiser> advertisers;
  std::vector<Campaign> campaigns;
  std::vector<AdGroup> ad_groups;
  std::vector<Creative> creatives;
};

inline constexpr size_t kMaxNameBytes = 256;

// Reads the body of POST /v1/catalog. Names are kept byte for byte, whatever they hold. Parents
// that may be left out (all but the nearest) are 0. kInvalidArgument names the first wrong place,
// like campaigns[2].name.
Result<CatalogEntities> ParseCatalog(std::string_view json, const TimeZones& zones);

}  // namespace adtally
