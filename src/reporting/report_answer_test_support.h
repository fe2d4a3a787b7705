#pragma once

#include <optional>
#include <string>
#include <utility>

#include "reporting/report.h"

namespace adtally {

// For tests: a report in the format that it asks for, gathered.
inline Result<std::string> RunInItsFormat(const ReportSources& sources,
                                          const ReportRequest& request, Scope scope,
                                          std::optional<int64_t> complete_to_ms) {
  if (request.format == ReportFormat::kJson) {
    ADTALLY_ASSIGN(ReportAnswer answer, RunReport(sources, request, scope, complete_to_ms));
    return std::move(answer.body);
  }
  struct Gather final : ReportFileSink {
    std::string body;
    void Begin(const ReportFile&) override {}
    bool Write(std::string_view piece) override {
      body += piece;
      return true;
    }
    bool Wanted() const override { return true; }
  } gather;
  ADTALLY_TRY(StreamReport(sources, request, scope, gather));
  return std::move(gather.body);
}

}  // namespace adtally
