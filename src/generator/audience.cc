#include "generator/audience.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"

namespace adtally {
namespace {

constexpr double kUnknownPlace = 0.01;
constexpr double kUnknownRegion = 0.12;

struct CountryShare {
  std::string_view code;
  double share;
  std::vector<std::string_view> regions;
};

const std::vector<CountryShare>& Shares() {
  static const std::vector<CountryShare> shares = {
      {"US", 31, {"CA", "TX", "NY", "FL", "IL", "WA"}},
      {"DE", 11, {"NW", "BY", "BW", "BE", "HH"}},
      {"GB", 10, {"ENG", "SCT", "WLS"}},
      {"FR", 8, {"IDF", "ARA", "PAC", "OCC"}},
      {"BR", 7, {"SP", "RJ", "MG"}},
      {"IN", 7, {"MH", "KA", "DL"}},
      {"JP", 5, {"13", "27", "23"}},
      {"CA", 4, {"ON", "QC", "BC"}},
      {"ES", 4, {"MD", "CT", "AN"}},
      {"IT", 4, {"25", "62"}},
      {"AU", 3, {"NSW", "VIC", "QLD"}},
      {"NL", 2, {"NH", "ZH"}},
      {"PL", 2, {"14", "12"}},
      {"SE", 1, {"AB"}},
      {"AT", 1, {"9", "6"}},
  };
  return shares;
}

template <class Code>
Code MakeCode(std::string_view text) {
  Code code;
  ADTALLY_CHECK(text.size() <= code.chars.size(), "a place code of the right length");
  std::copy(text.begin(), text.end(), code.chars.begin());
  return code;
}

std::vector<double> CountryWeights() {
  std::vector<double> weights;
  for (const CountryShare& country : Shares()) weights.push_back(country.share);
  return weights;
}

}  // namespace

// Device weights stand in the order of the enum: other, desktop, mobile, tablet, tv.
Audience::Audience() : countries_(CountryWeights()), devices_({1, 36, 54, 6, 3}) {
  for (const CountryShare& share : Shares()) {
    Country country{MakeCode<CountryCode>(share.code), {}};
    for (std::string_view region : share.regions) {
      country.regions.push_back(MakeCode<RegionCode>(region));
    }
    list_.push_back(std::move(country));
  }
}

Device Audience::SampleDevice(Random& random) const {
  return static_cast<Device>(devices_.Sample(random));
}

AudiencePlace Audience::SamplePlace(uint32_t country, Random& random) const {
  const double luck = random.Unit();
  if (luck < kUnknownPlace) return {};
  const Country& c = list_[country];
  if (luck < kUnknownPlace + kUnknownRegion) return {c.code, {}};
  // The product of two uniform draws leans towards the first regions.
  const auto n = static_cast<double>(c.regions.size());
  const auto region = static_cast<size_t>(random.Unit() * random.Unit() * n);
  return {c.code, c.regions[region]};
}

}  // namespace adtally
