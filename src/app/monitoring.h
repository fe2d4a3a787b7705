#pragma once

#include <string>
#include <vector>

#include "aggregator/aggregator.h"
#include "base/clock.h"
#include "edge/edge_stats.h"
#include "edge/spool.h"
#include "log/kafka_rejected_topic.h"
#include "reporting/freshness.h"

namespace adtally {

// What the API tells of the running parts: freshness, readiness, metrics. Thread-safe.
class Monitoring final : public FreshnessSource {
 public:
  // Everything outlives it. `spool` is nullptr when there is none.
  Monitoring(const Aggregator& aggregator, const EdgeStats& edge, const Spool* spool,
             const Clock& clock)
      : aggregator_(aggregator), edge_(edge), spool_(spool), clock_(clock) {}

  // Before anything else is called.
  void Show(const KafkaRejectedTopic& topic) { rejected_topic_ = &topic; }

  std::vector<PartitionFreshness> Read() const override;
  // Why the process cannot serve now; empty when it can.
  std::vector<std::string> NotReady() const;
  // In Prometheus' text format.
  std::string Metrics() const;

 private:
  const Aggregator& aggregator_;
  const EdgeStats& edge_;
  const Spool* spool_;
  const Clock& clock_;
  const KafkaRejectedTopic* rejected_topic_ = nullptr;
};

}  // namespace adtally
