#include "ops/prometheus_text.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(PrometheusText, WritesTheTextFormat) {
  PrometheusText text;
  text.Metric("adtally_events_counted_total", "counter", "Events counted since the start.");
  text.Sample(12345678901, "partition=\"0\"");
  text.Metric("adtally_ready", "gauge", "1 when ready.");
  text.Sample(1);
  EXPECT_EQ(text.text(),
            "# HELP adtally_events_counted_total Events counted since the start.\n"
            "# TYPE adtally_events_counted_total counter\n"
            "adtally_events_counted_total{partition=\"0\"} 12345678901\n"
            "# HELP adtally_ready 1 when ready.\n"
            "# TYPE adtally_ready gauge\n"
            "adtally_ready 1\n");
}

}  // namespace
}  // namespace adtally
