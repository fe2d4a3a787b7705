#include "app/spool_metrics.h"

#include <algorithm>

namespace adtally {

void WriteSpoolMetrics(const SpoolStatus& spool, int64_t now_ms, PrometheusText& text) {
  const auto metric = [&](std::string_view name, std::string_view type, std::string_view help,
                          auto value) {
    text.Metric(name, type, help);
    text.Sample(static_cast<double>(value));
  };
  metric("adtally_spool_records", "gauge",
         "Log records, of many events each, that wait in the edge's spool.", spool.records);
  metric("adtally_spool_bytes", "gauge", "Bytes of the records in the spool.", spool.bytes);
  metric("adtally_spool_limit_bytes", "gauge",
         "Bytes beyond which events get 503: edge.spool_max_mb.", spool.max_bytes);
  const int64_t age_ms = spool.oldest_ms ? std::max<int64_t>(0, now_ms - *spool.oldest_ms) : 0;
  metric("adtally_spool_oldest_seconds", "gauge",
         "Age of the oldest record in the spool; 0 when it is empty.",
         static_cast<double>(age_ms) / 1000);
  metric("adtally_spool_log_down", "gauge",
         "1 while the log does not acknowledge in time and events are spooled at once.",
         spool.log_down ? 1 : 0);
  metric("adtally_spool_spooled_records_total", "counter", "Records that were spooled.",
         spool.spooled_total);
  metric("adtally_spool_drained_records_total", "counter",
         "Spooled records that the log acknowledged.", spool.drained_total);
  metric("adtally_spool_refused_total", "counter",
         "Appends that neither the log nor the spool took: it was full, or its disk failed.",
         spool.refused_total);
}

}  // namespace adtally
