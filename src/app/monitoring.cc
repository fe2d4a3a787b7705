#include "app/monitoring.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/spool_metrics.h"
#include "ops/prometheus_text.h"

namespace adtally {
namespace {

std::string OfPartition(uint32_t partition) {
  return fmt::format("partition=\"{}\"", partition);
}

void WriteCounting(PrometheusText& text, const std::vector<PartitionStatus>& partitions) {
  const auto by_partition = [&](std::string_view name, std::string_view type, std::string_view help,
                                auto&& value) {
    text.Metric(name, type, help);
    for (const PartitionStatus& status : partitions) {
      text.Sample(static_cast<double>(value(status)), OfPartition(status.partition.value));
    }
  };
  by_partition("adtally_events_received_total", "counter", "Events of delivered checkpoints.",
               [](const auto& p) { return p.events_received; });
  by_partition("adtally_events_counted_total", "counter",
               "Events counted in delivered checkpoints.",
               [](const auto& p) { return p.events_counted; });
  by_partition("adtally_events_duplicate_total", "counter", "Events counted as duplicates.",
               [](const auto& p) { return p.events_duplicate; });
  by_partition("adtally_checkpoints_total", "counter", "Checkpoints delivered.",
               [](const auto& p) { return p.checkpoints; });
  by_partition("adtally_dedup_ids", "gauge", "Event ids that deduplication remembers.",
               [](const auto& p) { return p.live_ids; });
  by_partition("adtally_dedup_ids_limit", "gauge",
               "Event ids beyond which counting waits: aggregator.max_ids.",
               [](const auto& p) { return p.max_ids; });
  by_partition("adtally_partition_waiting", "gauge",
               "1 while counting or delivery waits because of a failure or a limit, see /readyz.",
               [](const auto& p) { return p.error.empty() ? 0 : 1; });
}

void WriteLag(PrometheusText& text, const std::vector<PartitionFreshness>& partitions) {
  text.Metric("adtally_partition_lag_records", "gauge", "Records of the log not delivered yet.");
  for (const PartitionFreshness& partition : partitions) {
    text.Sample(static_cast<double>(partition.lag_records), OfPartition(partition.partition));
  }
  text.Metric("adtally_partition_lag_seconds", "gauge",
              "Age of the oldest event that may not be visible yet; absent while unknown.");
  for (const PartitionFreshness& partition : partitions) {
    if (!partition.lag_ms) continue;
    text.Sample(static_cast<double>(*partition.lag_ms) / 1000, OfPartition(partition.partition));
  }
}

void WriteEdge(PrometheusText& text, const EdgeStats& edge) {
  const auto of_edge = [&](std::string_view name, std::string_view help, const Counter& counter) {
    text.Metric(name, "counter", help);
    text.Sample(static_cast<double>(counter.value()));
  };
  of_edge("adtally_edge_ingested_events_total", "Events taken by /v1/events.",
          edge.ingested_events);
  of_edge("adtally_edge_rejected_events_total", "Events refused by /v1/events.",
          edge.rejected_events);
  of_edge("adtally_edge_clicks_total", "Clicks taken by /c/.", edge.clicks);
  of_edge("adtally_edge_impressions_total", "Impressions taken by /i/.", edge.impressions);
  of_edge("adtally_edge_conversions_total", "Conversions taken.", edge.conversions);
  of_edge("adtally_edge_invalid_tokens_total", "Links and click ids refused.", edge.invalid_tokens);
  of_edge("adtally_edge_overloaded_total", "Requests answered 429.", edge.overloaded);
  of_edge("adtally_edge_unavailable_total", "Requests answered 503.", edge.unavailable);
}

void WriteRejected(PrometheusText& text, const KafkaRejectedTopic& topic) {
  text.Metric("adtally_rejected_written_total", "counter",
              "Rejected events written to log.rejected_topic; again when counted again.");
  text.Sample(static_cast<double>(topic.written()));
  text.Metric("adtally_rejected_left_out_total", "counter",
              "Rejected events that log.rejected_topic did not take; the ledger has them.");
  text.Sample(static_cast<double>(topic.left_out()));
}

void WriteMaintenance(PrometheusText& text, const MaintenanceStatus& status, int64_t now_ms) {
  if (status.rolled_to_s) {
    text.Metric("adtally_rollup_age_seconds", "gauge",
                "Time since the end of the last hour up to which all are rolled up; absent while "
                "none is.");
    text.Sample(static_cast<double>(now_ms) / 1000 - static_cast<double>(*status.rolled_to_s));
  }
  text.Metric("adtally_maintenance_passes_total", "counter",
              "Passes of rollups and retention that ended.");
  text.Sample(static_cast<double>(status.passes));
  text.Metric("adtally_maintenance_failed_passes_total", "counter",
              "Passes that left something undone; the log says what.");
  text.Sample(static_cast<double>(status.failed_passes));
  text.Metric("adtally_maintenance_last_pass_seconds", "gauge", "How long the last pass took.");
  text.Sample(static_cast<double>(status.last_duration_ms) / 1000);
}

}  // namespace

std::vector<PartitionFreshness> Monitoring::Read() const {
  if (parts_.log_freshness != nullptr) return parts_.log_freshness->Read();
  std::vector<PartitionFreshness> freshness;
  if (parts_.aggregator == nullptr) return freshness;
  const int64_t now_ms = clock_.NowMs();
  // Events in the spool came before others that are counted already.
  int64_t complete_at_most = now_ms;
  if (parts_.spool != nullptr) complete_at_most = parts_.spool->status().oldest_ms.value_or(now_ms);
  for (const PartitionStatus& status : parts_.aggregator->status()) {
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
  if (parts_.spool != nullptr && parts_.spool->status().log_down) {
    if (parts_.spool->status().failing) {
      reasons.push_back(
          "the event log cannot be reached and the edge's spool cannot take more: it is full "
          "(edge.spool_max_mb), or its disk fails");
    }
    return reasons;
  }
  if (parts_.aggregator != nullptr) reasons = parts_.aggregator->NotReady();
  if (parts_.log_freshness != nullptr) {
    const std::string problem = parts_.log_freshness->Problem();
    if (!problem.empty()) reasons.push_back(problem);
  }
  return reasons;
}

std::string Monitoring::Metrics() const {
  PrometheusText text;
  if (parts_.aggregator != nullptr) WriteCounting(text, parts_.aggregator->status());
  if (parts_.aggregator != nullptr || parts_.log_freshness != nullptr) WriteLag(text, Read());
  if (parts_.edge != nullptr) WriteEdge(text, *parts_.edge);
  if (parts_.spool != nullptr) WriteSpoolMetrics(parts_.spool->status(), clock_.NowMs(), text);
  if (parts_.rejected_topic != nullptr) WriteRejected(text, *parts_.rejected_topic);
  if (parts_.maintenance != nullptr) {
    WriteMaintenance(text, parts_.maintenance->status(), clock_.NowMs());
  }
  return text.text();
}

}  // namespace adtally
