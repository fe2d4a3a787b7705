#pragma once

#include "base/result.h"
#include "reporting/constant_answers.h"
#include "reporting/report_request.h"
#include "reporting/time_zones.h"
#include "store/store.h"

namespace adtally {

// The range that a report is compared with.
struct Comparison {
  TimeRange range;
  // The n-th day of the one is compared with the n-th day of the other, and a time of the day with
  // the same time on the clock. Otherwise times are compared that lie as many seconds behind the
  // beginning.
  bool by_calendar = false;
};

// Of a report that compares. kPreviousPeriod: the range of the same length that ends where `range`
// begins; as many days of the time zone when both bounds of `range` begin days there, else as many
// seconds. kPreviousYear: the same dates and times of the time zone a year earlier, where February
// 29 becomes 28, and March 1 where the range ends before it begins. kInvalidArgument, about
// compare_to, when that is empty or before 2000. Asks the store unless the zone is UTC.
Result<Comparison> ResolveComparison(Store& store, ConstantAnswers& known,
                                     const ReportRequest& request, const TimeRange& range);

}  // namespace adtally
