#pragma once

#include <cstdint>
#include <string>

#include "sim/simulation.h"

namespace adtally {

// How many seeds a test runs: `in_release`, enough to see rare things, or fewer where a sanitizer
// makes each many times slower. ADTALLY_SIM_SEEDS overrides it; ADTALLY_SIM_FIRST_SEED is where
// they start, and ADTALLY_SIM_TRACE=1 says on stderr what happens.
uint64_t SeedCount(uint64_t in_release);
// Whether the count was overridden: to replay a failure, or to run for a night.
bool SeedCountOverridden();

// Runs the simulation once per seed. What differs in the first seed that fails, and how to run it
// again; empty when all pass.
std::string FirstFailure(Simulation::Options options, uint64_t seeds, Coverage& coverage);

}  // namespace adtally
