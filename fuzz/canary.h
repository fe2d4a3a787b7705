#pragma once

#include <cstdlib>

#include "fuzz/expected_event.h"

namespace adtally::fuzz {

// With ADTALLY_FUZZ_CANARY set, what our decoder read is wrong by one millionth now and then: the
// seeds alone must show it. scripts/fuzz checks that they do, so that a fuzzer which has stopped
// comparing does not pass for one that finds nothing.
inline void PlantBug(ExpectedEvent& ours) {
  static const bool planted = std::getenv("ADTALLY_FUZZ_CANARY") != nullptr;
  if (planted && ours.cost_micros % 2 == 1) --ours.cost_micros;
}

}  // namespace adtally::fuzz
