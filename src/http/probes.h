#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "http/server.h"

namespace adtally::http {

// What operators and their machines ask of every process. Neither function may block.
struct Probes {
  // Why the process cannot serve now; empty when it can. Absent: always ready.
  std::function<std::vector<std::string>()> readiness;
  // In Prometheus' text format. Absent: empty.
  std::function<std::string()> metrics;
};

// /healthz, /readyz and /metrics.
void AddProbes(Router& router, const Probes& probes);
// A handler of nothing else ...
Handler ProbesOnly(const Probes& probes);
// ... and one that hands all else to `rest`.
Handler WithProbes(Handler rest, const Probes& probes);

Response PlainText(std::string body);

}  // namespace adtally::http
