#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "reporting/report.h"
#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/report_tiers.h"
#include "reporting/scope.h"
#include "reporting/time_zones.h"
#include "store/statement.h"
#include "tiers/tier.h"

namespace adtally {

// A report that was checked and planned, and can be run.
struct PlannedReport {
  const ReportSources& sources;
  const ReportRequest& request;
  Scope scope;
  TimeRange range;
  ReportTiers known;
  ReportPlan plan;                // of the sums; empty when there are none
  int64_t duplicates_from_s = 0;  // CountedFrom, when the report asks for them
  Statement source = {};          // what its statement reads: sums, clicks and reach
  std::shared_ptr<const PlannedReport> compared = {};  // over the range that it is compared with

  // Asks the store what its tiers hold. Errors are those of RunReport. `sources` and `request`
  // outlive it.
  static Result<PlannedReport> Plan(const ReportSources& sources, const ReportRequest& request,
                                    Scope scope);

  // Whether all that it reads was published: it never changes, and the statement names it.
  bool ReadsPublishedRowsOnly() const;
  // Whether the duplicates that it asks for were all counted, in both ranges of a comparison.
  bool HasAllDuplicates() const;
  // Whether its numbers can never change.
  bool IsFinal() const;
  // What it reads of its own range, and of both ranges of a comparison; ascending.
  std::vector<Tier> OwnTiers() const;
  std::vector<Tier> AllTiers() const;
};

// A problem of the compared range: parameters that it names are not those that were given.
Error OfCompared(const TimeRange& range, Error error);

}  // namespace adtally
