#pragma once

#include <cstdint>

#include "generator/random.h"

namespace adtally {

// Draws how many of many unlikely things happen when `mean` of them do on average. 0 for a mean of
// 0 or less.
uint32_t Poisson(double mean, Random& random);

}  // namespace adtally
