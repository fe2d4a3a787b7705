#include "generator/alias_table.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"

namespace adtally {

AliasTable::AliasTable(const std::vector<double>& weights) {
  const size_t n = weights.size();
  ADTALLY_CHECK(n > 0 && n <= std::numeric_limits<uint32_t>::max(), "weights to choose from");
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  ADTALLY_CHECK(sum > 0, "at least one weight above zero");

  // Scaled so that the average is 1: slots below 1 are filled up by those above.
  std::vector<double> share(n);
  std::vector<uint32_t> small, large;
  for (size_t i = 0; i < n; ++i) {
    share[i] = weights[i] * static_cast<double>(n) / sum;
    (share[i] < 1 ? small : large).push_back(static_cast<uint32_t>(i));
  }
  constexpr uint32_t kAlways = std::numeric_limits<uint32_t>::max();
  slots_.resize(n);
  for (size_t i = 0; i < n; ++i) slots_[i] = {kAlways, static_cast<uint32_t>(i)};
  while (!small.empty() && !large.empty()) {
    const uint32_t s = small.back(), l = large.back();
    small.pop_back();
    slots_[s] = {static_cast<uint32_t>(share[s] * 0x1.0p32), l};
    share[l] -= 1 - share[s];
    if (share[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
}

std::vector<double> ZipfWeights(size_t n, double exponent) {
  std::vector<double> weights(n);
  for (size_t i = 0; i < n; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -exponent);
  return weights;
}

}  // namespace adtally
