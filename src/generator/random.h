#pragma once

#include <cstdint>

namespace adtally {

// One step of splitmix64: a bijection of 64 bits that mixes all of them. Turns related seeds into
// unrelated ones.
constexpr uint64_t MixBits(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Folds one more value into a seed; the order of values matters.
constexpr uint64_t CombineSeeds(uint64_t seed, uint64_t value) {
  return MixBits(seed ^ MixBits(value));
}

// xoshiro256**: fast, reproducible on every machine, not for secrets. Not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) word = seed = MixBits(seed);
  }

  uint64_t Next() {
    const uint64_t result = Rotate(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = Rotate(state_[3], 45);
    return result;
  }

  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  // Uniform in [low, high).
  double Between(double low, double high) { return low + (high - low) * Unit(); }
  // Uniform in [0, bound). bound > 0.
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(((Next() >> 32) * bound) >> 32); }
  bool Chance(double probability) { return Unit() < probability; }

 private:
  static constexpr uint64_t Rotate(uint64_t x, int bits) {
    return (x << bits) | (x >> (64 - bits));
  }
  uint64_t state_[4];
};

}  // namespace adtally
