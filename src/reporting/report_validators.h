#pragma once

#include "http/message.h"
#include "reporting/report.h"

namespace adtally {

// Adds to a report's answer, a 200, what lets a client keep it, and makes it a 304 without a body
// for one that has its numbers already (If-None-Match).
//
//  - ETag: weak, since it stands for the numbers and not for `freshness`, which moves on without
//    them and is a header of its own, Adtally-Freshness, so that a 304 tells it too.
//  - A report that can never change may be used again for a minute without asking, by the program
//    that asked with this key. Everything else is no-store, and so are all answers to sessions: a
//    browser on a shared machine keeps nothing.
http::Response WithReportValidators(const http::Request& request, const ReportAnswer& report,
                                    http::Response response);

}  // namespace adtally
