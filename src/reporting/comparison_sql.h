#pragma once

#include <string_view>

#include "reporting/compared_range.h"
#include "reporting/report_request.h"
#include "reporting/time_zones.h"
#include "store/statement.h"

namespace adtally {

// In the message of the store's error when it is a row of the compared range that straddles; see
// kStraddles.
inline constexpr std::string_view kPreviousStraddles = "adtally: compared rows by hour straddle";

// Whether a row of CompareSources is of the compared range.
inline constexpr std::string_view kIsPrevious = "is_previous";

// The sources (see BuildSource) of the two ranges as one, with the column kIsPrevious. The buckets
// of the compared range are moved to where they stand in `range`, so that what is to be compared
// has the same.
Statement CompareSources(const ReportRequest& request, const TimeRange& range,
                         const Comparison& comparison, Statement current, Statement previous);

}  // namespace adtally
