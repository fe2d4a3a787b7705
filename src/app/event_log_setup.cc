#include "app/event_log_setup.h"

#include "log/kafka_log.h"
#include "log/rocksdb_log.h"

namespace adtally {

KafkaLogOptions KafkaLogOptionsFor(const Config& config) {
  KafkaLogOptions options;
  options.brokers = config.log_brokers;
  options.topic = config.log_topic;
  options.checkpoints_topic = config.log_checkpoints_topic;
  options.rejected_topic = config.log_rejected_topic;
  options.partitions = static_cast<uint32_t>(config.log_partitions);
  options.replication = static_cast<uint32_t>(config.log_replication);
  options.retention_ms = config.log_retention_hours * kMillisPerHour;
  // As for log.retention_hours itself: a restart reads the deduplication window again.
  options.min_retention_ms = (config.aggregator_dedup_window_hours + 3) * kMillisPerHour;
  options.settings = config.log_kafka;
  return options;
}

uint64_t LogClientBytes(const Config& config) {
  if (config.log_kind != "kafka") return 0;
  const KafkaLogOptions options = KafkaLogOptionsFor(config);
  return options.max_fetched_bytes + options.max_queued_bytes;
}

Result<std::unique_ptr<EventLog>> OpenEventLog(const Config& config, const std::string& data_dir,
                                               const Clock& clock, Logger& logger,
                                               int start_timeout_ms) {
  if (config.log_kind == "kafka") {
    return KafkaLog::Open(KafkaLogOptionsFor(config), clock, logger, start_timeout_ms);
  }
  RocksDbLogOptions options;
  options.path = data_dir + "/log";
  options.partitions = static_cast<uint32_t>(config.log_partitions);
  return RocksDbLog::Open(options, clock, logger);
}

}  // namespace adtally
