#include "app/aggregator_role.h"

#include <fmt/format.h>

#include <utility>

#include "aggregator/rocksdb_id_cache.h"
#include "app/event_log_setup.h"
#include "app/roles.h"

namespace adtally {

Result<std::unique_ptr<AggregatorRole>> AggregatorRole::Start(const Config& config,
                                                              AggregatorOptions options,
                                                              const std::string& data_dir,
                                                              EventLog& log, CheckpointStore& store,
                                                              const Clock& clock, Logger& logger) {
  options.follow_assignment = IsShared(config);
  options.standby = config.aggregator_standby;
  std::unique_ptr<AggregatorRole> role(new AggregatorRole);
  ADTALLY_ASSIGN(role->id_cache_, RocksDbIdCache::Open(data_dir + "/ids", log.log_id(), logger));
  role->aggregator_ = std::make_unique<Aggregator>(options, log.log_id(), log, store,
                                                   *role->id_cache_, clock, logger);
  if (options.follow_assignment) ADTALLY_TRY(role->Join(config, logger));
  return role;
}

Result<void> AggregatorRole::Join(const Config& config, Logger& logger) {
  KafkaGroupOptions options;
  options.log = KafkaLogOptionsFor(config);
  options.group = config.aggregator_group;
  if (config.aggregator_standby) options.group += "-standby";
  options.instance = config.aggregator_instance;
  options.session_timeout_ms = static_cast<int>(config.aggregator_session_timeout_ms);
  ADTALLY_ASSIGN(group_, KafkaGroup::Join(
                             options,
                             [this](const std::vector<Partition>& partitions) {
                               aggregator_->SetPartitions(partitions);
                             },
                             [this] { return aggregator_->delivered(); }, logger));
  return {};
}

AggregatorRole::~AggregatorRole() {
  // It calls the aggregator until it is gone.
  group_.reset();
}

void AggregatorRole::Drain() {
  aggregator_->Drain();
  if (group_) group_->Leave();
}

std::vector<std::string> AggregatorRole::NotReady() const {
  std::vector<std::string> reasons;
  if (group_) {
    const std::string not_joined = group_->NotJoined();
    if (!not_joined.empty()) reasons.push_back(not_joined);
  }
  for (const PartitionStatus& status : aggregator_->status()) {
    if (!status.error.empty()) {
      reasons.push_back(fmt::format("partition {}: {}", status.partition.value, status.error));
    } else if (!status.recovered) {
      reasons.push_back(
          fmt::format("partition {}: bringing deduplication back", status.partition.value));
    }
  }
  return reasons;
}

}  // namespace adtally
