#pragma once

#include "base/result.h"
#include "reporting/report_plan.h"
#include "reporting/report_request.h"
#include "reporting/scope.h"
#include "store/statement.h"
#include "store/store.h"
#include "tiers/archive_reader.h"

namespace adtally {

// What stands after FROM for the archived part of a plan: only files that may have rows of the
// advertisers that the report names. When none has, the part is taken out of the plan. `archive`
// may be nullptr: this process has none. Errors are ArchiveReader::Source's, and kInvalidArgument
// when an archive is needed and there is none.
Result<Statement> ArchiveSource(Store& store, ArchiveReader* archive, const ReportRequest& request,
                                Scope scope, ReportPlan& plan);

}  // namespace adtally
