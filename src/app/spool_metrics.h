#pragma once

#include <cstdint>

#include "edge/spool_options.h"
#include "ops/prometheus_text.h"

namespace adtally {

void WriteSpoolMetrics(const SpoolStatus& spool, int64_t now_ms, PrometheusText& text);

}  // namespace adtally
