#pragma once

#include <string>

#include "maintenance/local_days.h"
#include "tiers/tier.h"

namespace adtally {

// "adtally.day WHERE …": a day of one generation.
std::string DayRows(Generation generation, const LocalDay& day);

}  // namespace adtally
