#pragma once

#include <string>
#include <vector>

#include "app/aggregator_role.h"
#include "app/log_freshness.h"
#include "app/maintenance_role.h"
#include "base/clock.h"
#include "edge/edge_stats.h"
#include "edge/spool.h"
#include "log/kafka_rejected_topic.h"
#include "reporting/freshness.h"

namespace adtally {

// The parts of a process that tell how they are; null when it does not have them.
struct MonitoredParts {
  const AggregatorRole* aggregator = nullptr;
  const LogFreshness* log_freshness = nullptr;  // where other processes count, too
  const EdgeStats* edge = nullptr;
  const Spool* spool = nullptr;
  const KafkaRejectedTopic* rejected_topic = nullptr;
  const MaintenanceRole* maintenance = nullptr;
};

// What a process tells of its running parts: freshness, readiness, metrics. Thread-safe.
class Monitoring final : public FreshnessSource {
 public:
  // Everything outlives it.
  Monitoring(const MonitoredParts& parts, const Clock& clock) : parts_(parts), clock_(clock) {}

  // Of all partitions when there is a LogFreshness, otherwise of those that are counted here.
  std::vector<PartitionFreshness> Read() const override;
  // Why the process cannot serve now; empty when it can.
  std::vector<std::string> NotReady() const;
  // In Prometheus' text format.
  std::string Metrics() const;

 private:
  const MonitoredParts parts_;
  const Clock& clock_;
};

}  // namespace adtally
