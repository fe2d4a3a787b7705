#include "history/poisson.h"

#include <gtest/gtest.h>

#include <cmath>

namespace adtally {
namespace {

TEST(Poisson, HasItsMeanAndVariance) {
  Random random(1);
  for (const double mean : {0.01, 0.5, 3.0, 23.0, 25.0, 1000.0}) {
    constexpr int kDraws = 200'000;
    double sum = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double x = Poisson(mean, random);
      sum += x;
      squares += x * x;
    }
    const double average = sum / kDraws;
    const double variance = squares / kDraws - average * average;
    EXPECT_NEAR(mean, average, 6 * std::sqrt(mean / kDraws)) << mean;
    EXPECT_NEAR(1, variance / mean, 0.15) << mean;
  }
}

TEST(Poisson, NothingComesOfNothing) {
  Random random(1);
  EXPECT_EQ(0u, Poisson(0, random));
  EXPECT_EQ(0u, Poisson(-1, random));
}

}  // namespace
}  // namespace adtally
