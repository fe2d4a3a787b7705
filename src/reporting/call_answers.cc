#include "reporting/call_answers.h"

#include <string>

#include "base/check.h"

namespace adtally {

Scope ScopeOf(const http::Principal& caller) {
  if (caller.role == http::Role::kAdmin) return std::nullopt;
  ADTALLY_CHECK(caller.role == http::Role::kAdvertiser && caller.advertiser_id != 0,
                "only admin and advertiser keys read data");
  return caller.advertiser_id;
}

http::Response Failed(Logger& logger, std::string_view call, const Error& error) {
  const bool internal = error.code == ErrorCode::kInternal || error.code == ErrorCode::kCorrupt;
  if (!internal && error.code != ErrorCode::kUnavailable) return http::Problem(error);
  logger.Error(std::string(call) + " failed: " + error.message);
  if (internal) return http::Problem(500, "the request failed inside the server; its log says why");
  return http::Problem(503, "the store does not answer; try again");
}

http::Response FailedReport(Logger& logger, std::string_view call, const Error& error) {
  http::Response failed = Failed(logger, call, error);
  return error.code == ErrorCode::kCorrupt ? http::Problem(error) : failed;
}

}  // namespace adtally
