#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/report_tiers.h"
#include "reporting/time_zones.h"

namespace adtally {

// Whether a report may be read from days at all.
bool UsesDays(const ReportRequest& request);

// The first day, in days since the epoch, that the day tier has of the range's whole days; nullopt
// when it has none. Needs floors, calendar and days.
std::optional<int64_t> FirstDayOfTier(const ReportTiers& tiers, const TimeRange& range);

// Advertisers, and what must be read of them from tiers that are finer than days.
struct FinerPart {
  ReportSegment::Advertisers advertisers = ReportSegment::Advertisers::kAll;
  std::vector<TimeSpan> spans;  // ascending
};

struct DayChoice {
  std::optional<ReportSegment> days;
  std::vector<FinerPart> finer;  // the spans of the first one cover those of the others
  std::vector<uint32_t> listed;
};

// Divides the report between days and finer tiers: advertisers whose days are those of the report
// from days as far as these reach, all others not at all. Needs the accounts too.
DayChoice ChooseDays(const ReportTiers& tiers, const ReportRequest& request,
                     const TimeRange& range);

}  // namespace adtally
