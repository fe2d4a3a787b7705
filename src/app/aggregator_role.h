#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aggregator/aggregator.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "log/kafka_group.h"

namespace adtally {

// The counting part of a process: the aggregator with its cache of event ids and, where other
// processes may count too, the membership in the group that shares the partitions out.
class AggregatorRole {
 public:
  // Starts to count. `options` as AggregatorOptionsFor gives them; the cache lives in `data_dir`,
  // which exists. Everything outlives it.
  static Result<std::unique_ptr<AggregatorRole>> Start(const Config& config,
                                                       AggregatorOptions options,
                                                       const std::string& data_dir, EventLog& log,
                                                       CheckpointStore& store, const Clock& clock,
                                                       Logger& logger);
  ~AggregatorRole();

  // Delivers what was counted, lets others have its partitions and stops. Without a group it counts
  // and delivers first all that the log holds.
  void Drain();

  // Of the partitions that this process counts. Thread-safe.
  std::vector<PartitionStatus> status() const { return aggregator_->status(); }
  // Why it does not count now; empty when it does. Thread-safe.
  std::vector<std::string> NotReady() const;

 private:
  AggregatorRole() = default;
  Result<void> Join(const Config& config, Logger& logger);

  std::unique_ptr<IdCache> id_cache_;
  std::unique_ptr<Aggregator> aggregator_;
  std::unique_ptr<KafkaGroup> group_;  // none when it counts all partitions; calls aggregator_
};

}  // namespace adtally
