#pragma once

#include <string_view>

#include "base/result.h"
#include "reporting/civil_time.h"
#include "reporting/parameters.h"

namespace adtally {

// The required bounds `from` and `to` of a time range. Numbers are kept by the minute, so a bound
// inside a minute takes in the whole of it: `from` is rounded down and `to` up.
Result<CivilTime> ParseFrom(const Parameters& parameters);
Result<CivilTime> ParseTo(const Parameters& parameters);

}  // namespace adtally
