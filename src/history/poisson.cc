#include "history/poisson.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace adtally {
namespace {

// Beyond it the normal distribution is close enough.
constexpr double kManyEvents = 24;
constexpr uint32_t kMostOfFew = 120;  // less likely than one in 10^40 up to that mean

// Counts up the distribution until it passes a uniform draw.
uint32_t Few(double mean, Random& random) {
  double probability = std::exp(-mean);
  double left = random.Unit();
  uint32_t count = 0;
  while (left >= probability && count < kMostOfFew) {
    left -= probability;
    ++count;
    probability *= mean / count;
  }
  return count;
}

uint32_t Many(double mean, Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Unit()));
  const double normal = radius * std::cos(2 * std::numbers::pi * random.Unit());
  return static_cast<uint32_t>(std::max(0.0, std::round(mean + std::sqrt(mean) * normal)));
}

}  // namespace

uint32_t Poisson(double mean, Random& random) {
  if (!(mean > 0)) return 0;
  return mean < kManyEvents ? Few(mean, random) : Many(mean, random);
}

}  // namespace adtally
