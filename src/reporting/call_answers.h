#pragma once

#include <string_view>

#include "base/logger.h"
#include "base/result.h"
#include "http/auth.h"
#include "http/message.h"
#include "reporting/scope.h"

namespace adtally {

// What the caller may see. Only for admins and advertisers.
Scope ScopeOf(const http::Principal& caller);

// The answer for a failed call, "GET /v1/report". A failure of the store goes to the operator's
// log; its text may hold SQL, so the user gets one sentence.
http::Response Failed(Logger& logger, std::string_view call, const Error& error);

// The same for a report, where kCorrupt has a message for the user: it names the damaged file of
// the archive.
http::Response FailedReport(Logger& logger, std::string_view call, const Error& error);

}  // namespace adtally
