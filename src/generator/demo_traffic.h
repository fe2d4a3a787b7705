#pragma once

#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "base/strong.h"

namespace adtally {

struct DemoTrafficOptions {
  std::string edge_origin;  // "http://127.0.0.1:8080"
  std::string api_origin;   // "http://127.0.0.1:8081"
  std::string admin_key;
  double events_per_second = 30;            // on average over a day, in the history too
  int64_t history_ms = 7 * kMillisPerHour;  // how far back the traffic begins
  double visitors_share = 0.05;  // visitors per event that go through tracking links, from now on
};

// Fills a running server with believable traffic: upserts the sample catalog (demo_catalog.h),
// sends the last hours as fast as the edge takes them, then goes on live until `stop`. Most events
// go by POST /v1/events, a share through tracking links, pixel, click and conversion. May be
// started again on the same data: see DemoTimeline.
//
// Blocks; made for a thread of its own. Waits for a server that is not up yet and survives its
// restarts. Returns an error only when the server refuses the key or the traffic.
Result<void> RunDemoTraffic(const DemoTrafficOptions& options, std::stop_token stop,
                            const Clock& clock, Logger& logger);

}  // namespace adtally
