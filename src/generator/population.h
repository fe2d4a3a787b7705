#pragma once

#include <cstdint>

#include "generator/random.h"

namespace adtally {

// Who sees the ads: most people a few, some people many. A function of its seed; a generator of its
// own, so that other draws do not depend on it. Not thread-safe.
class Population {
 public:
  // `people` from 0, for traffic of unknown users only, to 2^32 - 1.
  Population(uint32_t people, uint64_t seed) : people_(people), random_(seed ^ kSalt) {}

  // The number of a user, from 1; 0 when it is not known who it is, as of one in eight.
  uint32_t Sample() {
    if (people_ == 0 || random_.Chance(kUnknown)) return 0;
    // The cube of a uniform draw: the first tenth of all people are half of the audience.
    const double draw = random_.Unit();
    return 1 + static_cast<uint32_t>(draw * draw * draw * static_cast<double>(people_));
  }

 private:
  static constexpr uint64_t kSalt = 0x6175646965636573;  // any constant
  static constexpr double kUnknown = 0.125;

  const uint32_t people_;
  Random random_;
};

}  // namespace adtally
