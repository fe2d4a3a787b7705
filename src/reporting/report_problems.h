#pragma once

#include <cstdint>

#include "base/result.h"
#include "reporting/report_request.h"
#include "reporting/tier_cache.h"
#include "reporting/time_zones.h"

namespace adtally {

// What a report is told that asks for more than the tiers keep. All are kInvalidArgument, name the
// parameter and say what can be asked instead.

// The first hour that minutes can be read of; INT64_MIN when all are kept.
int64_t MinutesKeptFrom(const PublishedTiers& tiers);

// By minute, and minutes are not kept so long.
Error MinutesAreGone(const PublishedTiers& tiers, const TimeRange& range);
// A bound is inside an hour of which minutes are not kept any more.
Error BoundIsInsideHour(const PublishedTiers& tiers, const TimeRange& range);
// A part of the range is kept by day only, or not at all.
Error HoursAreGone(const PublishedTiers& tiers, const ReportRequest& request);
// A part of the range, up to `end_s`, is in an archive that this process does not have.
Error NoArchive(int64_t end_s);
// The report met rows by hour that lie on both sides of a bound, or of a border between two hours
// or days of its time zone.
Error RowsStraddle(const PublishedTiers& tiers, const ReportRequest& request,
                   const TimeRange& range);

}  // namespace adtally
