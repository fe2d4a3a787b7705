#include "generator/alias_table.h"

#include <gtest/gtest.h>

#include <cmath>

namespace adtally {
namespace {

std::vector<double> Frequencies(const AliasTable& table, int draws) {
  std::vector<double> counts(table.size());
  Random random(7);
  for (int i = 0; i < draws; ++i) counts[table.Sample(random)] += 1.0 / draws;
  return counts;
}

TEST(AliasTable, DrawsInProportionToTheWeights) {
  const std::vector<double> frequencies = Frequencies(AliasTable({5, 0, 3, 2}), 1'000'000);
  EXPECT_NEAR(frequencies[0], 0.5, 0.003);
  EXPECT_EQ(frequencies[1], 0);
  EXPECT_NEAR(frequencies[2], 0.3, 0.003);
  EXPECT_NEAR(frequencies[3], 0.2, 0.003);
}

TEST(AliasTable, HoldsASingleWeight) {
  EXPECT_EQ(Frequencies(AliasTable({0.25}), 1000)[0], Frequencies(AliasTable({9}), 1000)[0]);
}

TEST(AliasTable, ZipfHasItsShape) {
  const double exponent = 1.1;
  const std::vector<double> f = Frequencies(AliasTable(ZipfWeights(1000, exponent)), 2'000'000);
  EXPECT_NEAR(f[0] / f[1], std::pow(2, exponent), 0.05);
  EXPECT_NEAR(f[0] / f[9], std::pow(10, exponent), 0.6);
  EXPECT_GT(f[999], 0);
}

TEST(AliasTable, ZipfWithExponentZeroIsUniform) {
  for (double weight : ZipfWeights(10, 0)) EXPECT_EQ(weight, 1);
}

}  // namespace
}  // namespace adtally
