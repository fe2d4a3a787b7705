#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "reporting/report_request.h"
#include "reporting/report_tiers.h"
#include "reporting/time_zones.h"
#include "tiers/tier.h"

namespace adtally {

// [from_s, to_s), seconds since the epoch.
struct TimeSpan {
  int64_t from_s = 0;
  int64_t to_s = 0;
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

// Which rows of adtally.hour or adtally.day are read: those between `first` and `last` of whole
// partitions, and of others those of single hours or days in the generation that holds them.
struct RolledRows {
  // Hours by their start, seconds since the epoch; days as days since the epoch. Both included.
  int64_t first = 0;
  int64_t last = 0;
  int64_t step = 0;                       // from one to the next
  std::vector<std::string> whole = {};    // ids of partitions
  std::vector<std::string> partial = {};  // ids of the partitions that hold `slots`
  std::vector<std::pair<int64_t, Generation>> slots = {};  // an hour or a day, and who holds it
};

// A part of what a report reads, all from one tier. No row is in two segments of a plan.
struct ReportSegment {
  // Of plan.listed: everybody, those in it, those not in it.
  enum class Advertisers : uint8_t { kAll, kListed, kUnlisted };

  Tier tier = Tier::kMinute;
  Advertisers advertisers = Advertisers::kAll;
  std::vector<TimeSpan> spans = {};  // ascending, apart; what is read of it (not used of days)
  RolledRows rolled = {};            // of hours and days
  // Hours and archive: a bound or a bucket's border is inside an hour, so that a row which is not
  // split by quarters of an hour may lie on both sides. Such a row must fail the report.
  bool may_straddle = false;
};

// Where a report's numbers are read: each one once.
struct ReportPlan {
  std::vector<ReportSegment> segments = {};      // none where no tier has anything
  std::vector<uint32_t> listed = {};             // advertisers, for ReportSegment::Advertisers
  std::map<uint32_t, Generation> archived = {};  // whose files hold the archived spans, by month

  std::vector<Tier> Tiers() const;  // that it reads, ascending
};

// Chooses the coarsest tier that can give each part of the range: days where the calendar of the
// report is the advertiser's, hours that are rolled up and clean, the archive, and minutes for what
// is left. kInvalidArgument names the parameter when a part is not kept as finely as the report
// needs it. Pure.
Result<ReportPlan> PlanReport(const ReportTiers& tiers, const ReportRequest& request,
                              const TimeRange& range);

}  // namespace adtally
