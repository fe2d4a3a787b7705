#include "app/service_storage.h"

#include "aggregator/log_binding.h"
#include "app/event_log_setup.h"
#include "app/store_setup.h"

namespace adtally {
namespace {

// How long an edge waits for Kafka at a time before it takes events into its spool.
constexpr int kTryKafkaMs = 3'000;

}  // namespace

Result<ServiceStorage> ServiceStorage::Open(const Config& config, const Roles& roles,
                                            const std::string& data_dir, int connections,
                                            const Clock& clock, Logger& logger) {
  ServiceStorage storage;
  const bool only_appends = roles.edge && !roles.aggregator && !roles.api;
  // First: a local log's lock tells that another process uses the folder.
  if (only_appends) {
    ADTALLY_ASSIGN(storage.late_log, LateLog::Open(
                                         static_cast<uint32_t>(config.log_partitions),
                                         [config, data_dir, &clock, &logger] {
                                           return OpenEventLog(config, data_dir, clock, logger,
                                                               kTryKafkaMs);
                                         },
                                         logger));
  } else {
    ADTALLY_ASSIGN(storage.log, OpenEventLog(config, data_dir, clock, logger));
  }
  ADTALLY_ASSIGN(storage.store, OpenStore(config, data_dir, connections, clock, logger));
  ADTALLY_TRY(MigrateStore(config, *storage.store));
  if (only_appends) return storage;
  ADTALLY_ASSIGN(storage.checkpoint_store,
                 OpenCheckpointStore(config, *storage.store, connections, logger));
  ADTALLY_TRY(BindLog(*storage.log, *storage.checkpoint_store));
  return storage;
}

}  // namespace adtally
