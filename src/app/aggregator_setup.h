#pragma once

#include "aggregator/aggregator_options.h"
#include "app/config.h"
#include "app/machine.h"
#include "base/result.h"

namespace adtally {

// The aggregator's options from the config, which leaves some of them to the machine. An error when
// the memory that they allow is more than there is.
Result<AggregatorOptions> AggregatorOptionsFor(const Config& config, const MachineLimits& machine);

}  // namespace adtally
