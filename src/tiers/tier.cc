#include "tiers/tier.h"

#include <random>

namespace adtally {
std::string_view TierName(Tier tier) {
  switch (tier) {
    case Tier::kMinute:
      return "minute";
    case Tier::kHour:
      return "hour";
    case Tier::kDay:
      return "day";
    case Tier::kArchive:
      return "archive";
    case Tier::kReach:
      return "reach";
    case Tier::kClickConversion:
      return "click_conversion";
  }
  return "";
}

Generation NewGeneration() {
  std::random_device random;
  Generation generation = 0;
  while (generation == 0) generation = random();
  return generation;
}

std::string PartitionId(uint32_t partition, Generation generation) {
  return std::to_string(partition) + '-' + std::to_string(generation);
}

}  // namespace adtally
