#pragma once

#include <cstdint>
#include <vector>

#include "event/event.h"
#include "generator/alias_table.h"
#include "generator/random.h"

namespace adtally {

// Where an event comes from. Both empty for the few whose place is unknown.
struct AudiencePlace {
  CountryCode country;
  RegionCode region;
};

// Devices and places in believable shares: mobile leads, the United States are the largest country,
// about one event in a hundred has no known place, one in eight a country only. Immutable, hence
// thread-safe.
class Audience {
 public:
  Audience();

  Device SampleDevice(Random& random) const;
  // The index of a country, by its share of the traffic.
  uint32_t SampleCountry(Random& random) const { return countries_.Sample(random); }
  // A place within the country of that index.
  AudiencePlace SamplePlace(uint32_t country, Random& random) const;

 private:
  struct Country {
    CountryCode code;
    std::vector<RegionCode> regions;  // the first ones are drawn more often
  };
  std::vector<Country> list_;
  AliasTable countries_;
  AliasTable devices_;
};

}  // namespace adtally
