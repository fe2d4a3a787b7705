#pragma once

#include <cstddef>
#include <random>

namespace adtally::fuzz {

// The choices of a mutator: all of them follow from the seed that libFuzzer gives.
class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  size_t Below(size_t end) { return end == 0 ? 0 : random_() % end; }
  bool OneIn(size_t n) { return Below(n) == 0; }

  template <class Choices>
  decltype(auto) Pick(const Choices& choices) {
    return choices[Below(std::size(choices))];
  }

 private:
  std::mt19937 random_;
};

}  // namespace adtally::fuzz
