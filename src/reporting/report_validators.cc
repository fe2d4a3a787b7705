#include "reporting/report_validators.h"

#include <string>
#include <utility>

#include "base/rfc3339.h"
#include "http/etag.h"

namespace adtally {

http::Response WithReportValidators(const http::Request& request, const ReportAnswer& report,
                                    http::Response response) {
  std::string identity = report.version + '?' + std::string(request.query);
  for (const Tier tier : report.tiers) identity.append(" ").append(TierName(tier));
  const std::string etag = http::ETagOf(identity);
  response.headers.emplace_back("ETag", "W/" + etag);
  response.headers.emplace_back("Vary", "Authorization, Cookie");
  if (report.complete_to_ms) {
    response.headers.emplace_back("Adtally-Freshness", FormatRfc3339Millis(*report.complete_to_ms));
  }
  if (report.final && !request.Header("Authorization").empty()) {
    response.headers.emplace_back("Cache-Control", "private, max-age=60, must-revalidate");
  }
  if (http::HasNewest(request, etag)) {
    response.status = 304;
    response.body.clear();
  }
  return response;
}

}  // namespace adtally
