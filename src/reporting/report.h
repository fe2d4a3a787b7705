#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reporting/report_request.h"
#include "reporting/scope.h"
#include "reporting/tier_cache.h"
#include "store/store.h"
#include "tiers/archive_reader.h"
#include "tiers/tier.h"

namespace adtally {

// Where reports read.
struct ReportSources {
  Store& store;
  TierCache& tiers;
  ArchiveReader* archive = nullptr;  // nullptr: there is none
};

struct ReportAnswer {
  std::string body;     // JSON
  std::string version;  // of its numbers: another one when any of them is another
  bool final = false;   // none of them can change any more: see IsFinal
  std::optional<int64_t> complete_to_ms = std::nullopt;  // as it was given
  std::vector<Tier> tiers;                               // what it was read from, ascending
};

// A report in another format than JSON, which is handed on while it is made.
struct ReportFile {
  std::string_view media_type;
  std::string_view file_name;  // for download. Both views are of constants.
  std::vector<Tier> tiers;     // as above
};
class ReportFileSink : public OutputSink {
 public:
  // Once, before the first piece.
  virtual void Begin(const ReportFile& file) = 0;
};

// Computes a report as JSON, whatever format it asks for. Blocks on the store. `complete_to_ms`: up
// to when every appended event is in the store, ms since the epoch; read it before the call, so
// that it never promises too much. kForbidden when a filter names another advertiser than the
// scope's, whether that one exists or not; kInvalidArgument when the range is empty, the report too
// large, or the numbers not kept as finely as it asks for them; kCorrupt, with a message for the
// user, when a file of the archive is damaged or missing.
Result<ReportAnswer> RunReport(const ReportSources& sources, const ReportRequest& request,
                               Scope scope, std::optional<int64_t> complete_to_ms);

// Computes a report in its format, which is not JSON, of as many rows as there are. Blocks on the
// store and on the sink. Errors as above, also after pieces were written, which are then no whole
// file; kUnavailable when the sink takes no more.
Result<void> StreamReport(const ReportSources& sources, const ReportRequest& request, Scope scope,
                          ReportFileSink& sink);

}  // namespace adtally
