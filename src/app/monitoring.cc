#include "app/monitoring.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/spool_metrics.h"
#include "ops/prometheus_text.h"

namespace adtally {

std::vector<PartitionFreshness> Monitoring::Read() const {
  const int64_t now_ms = clock_.NowMs();
  // Events in the spool came before others that are counted already.
  int64_t complete_at_most = now_ms;
  if (spool_ != nullptr) complete_at_most = spool_->status().oldest_ms.value_or(now_ms);
  std::vector<PartitionFreshness> freshness;
  for (const PartitionStatus& status : aggregator_.status()) {
    PartitionFreshness partition;
    partition.partition = status.partition.value;
    partition.complete_to_ms = status.complete_to_ms;
    partition.lag_records = status.log_end - status.delivered_to;
    if (status.complete_to_ms) {
      partition.complete_to_ms = std::min(*status.complete_to_ms, complete_at_most);
      partition.lag_ms = std::max<int64_t>(0, now_ms - *partition.complete_to_ms);
    }
    freshness.push_back(partition);
  }
  return freshness;
}

std::vector<std::string> Monitoring::NotReady() const {
  std::vector<std::string> reasons;
  // While the log is out of reach counting waits, and events are taken all the same.
  if (spool_ != nullptr && spool_->status().log_down) {
    if (spool_->status().failing) {
      reasons.push_back(
          "the event log cannot be reached and the edge's spool cannot take more: it is full "
          "(edge.spool_max_mb), or its disk fails");
    }
    return reasons;
  }
  for (const PartitionStatus& status : aggregator_.status()) {
    if (!status.error.empty()) {
      reasons.push_back(fmt::format("partition {}: {}", status.partition.value, status.error));
    } else if (!status.recovered) {
      reasons.push_back(
          fmt::format("partition {}: bringing deduplication back", status.partition.value));
    }
  }
  return reasons;
}

std::string Monitoring::Metrics() const {
  PrometheusText text;
  const std::vector<PartitionStatus> partitions = aggregator_.status();
  const auto by_partition = [&](std::string_view name, std::string_view type, std::string_view help,
                                auto&& value) {
    text.Metric(name, type, help);
    for (const PartitionStatus& status : partitions) {
      text.Sample(static_cast<double>(value(status)),
                  fmt::format("partition=\"{}\"", status.partition.value));
    }
  };
  by_partition("adtally_events_received_total", "counter", "Events of delivered checkpoints.",
               [](const auto& p) { return p.events_received; });
  by_partition("adtally_events_counted_total", "counter",
               "Events counted in delivered checkpoints.",
               [](const auto& p) { return p.events_counted; });
  by_partition("adtally_events_duplicate_total", "counter", "Events dropped as duplicates.",
               [](const auto& p) { return p.events_duplicate; });
  by_partition("adtally_checkpoints_total", "counter", "Checkpoints delivered.",
               [](const auto& p) { return p.checkpoints; });
  by_partition("adtally_lag_records", "gauge", "Records of the log not delivered yet.",
               [](const auto& p) { return p.log_end - p.delivered_to; });
  by_partition("adtally_dedup_ids", "gauge", "Event ids that deduplication remembers.",
               [](const auto& p) { return p.live_ids; });
  by_partition("adtally_dedup_ids_limit", "gauge",
               "Event ids beyond which counting waits: aggregator.max_ids.",
               [](const auto& p) { return p.max_ids; });
  by_partition("adtally_partition_waiting", "gauge",
               "1 while counting or delivery waits because of a failure or a limit, see /readyz.",
               [](const auto& p) { return p.error.empty() ? 0 : 1; });
  const int64_t now_ms = clock_.NowMs();
  text.Metric("adtally_lag_seconds", "gauge",
              "Age of the oldest event that may not be visible yet; absent while unknown.");
  for (const PartitionStatus& status : partitions) {
    if (!status.complete_to_ms) continue;
    text.Sample(static_cast<double>(now_ms - *status.complete_to_ms) / 1000,
                fmt::format("partition=\"{}\"", status.partition.value));
  }

  if (rejected_topic_ != nullptr) {
    text.Metric("adtally_rejected_written_total", "counter",
                "Rejected events written to log.rejected_topic; again when counted again.");
    text.Sample(static_cast<double>(rejected_topic_->written()));
    text.Metric("adtally_rejected_left_out_total", "counter",
                "Rejected events that log.rejected_topic did not take; the ledger has them.");
    text.Sample(static_cast<double>(rejected_topic_->left_out()));
  }

  const auto of_edge = [&](std::string_view name, std::string_view help, const Counter& counter) {
    text.Metric(name, "counter", help);
    text.Sample(static_cast<double>(counter.value()));
  };
  of_edge("adtally_edge_ingested_events_total", "Events taken by /v1/events.",
          edge_.ingested_events);
  of_edge("adtally_edge_rejected_events_total", "Events refused by /v1/events.",
          edge_.rejected_events);
  of_edge("adtally_edge_clicks_total", "Clicks taken by /c/.", edge_.clicks);
  of_edge("adtally_edge_impressions_total", "Impressions taken by /i/.", edge_.impressions);
  of_edge("adtally_edge_conversions_total", "Conversions taken.", edge_.conversions);
  of_edge("adtally_edge_invalid_tokens_total", "Links and click ids refused.",
          edge_.invalid_tokens);
  of_edge("adtally_edge_overloaded_total", "Requests answered 429.", edge_.overloaded);
  of_edge("adtally_edge_unavailable_total", "Requests answered 503.", edge_.unavailable);
  if (spool_ != nullptr) WriteSpoolMetrics(spool_->status(), now_ms, text);
  return text.text();
}

}  // namespace adtally
