#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reporting/report_request.h"
#include "reporting/scope.h"
#include "store/store.h"

namespace adtally {

struct ReportAnswer {
  std::string body;
  std::string_view media_type;
  std::string_view file_name;  // for download; "" for JSON. Both views are of constants.
};

// Computes a report. Blocks on the store. `complete_to_ms`: up to when every appended event is in
// the store, ms since the epoch; read it before the call, so that it never promises too much.
// kForbidden when a filter names another advertiser than the scope's, whether that one exists or
// not; kInvalidArgument when the range is empty or the report too large.
Result<ReportAnswer> RunReport(Store& store, const ReportRequest& request, Scope scope,
                               std::optional<int64_t> complete_to_ms);

}  // namespace adtally
