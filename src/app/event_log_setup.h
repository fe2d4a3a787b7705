#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "log/event_log.h"
#include "log/kafka_log_options.h"

namespace adtally {

KafkaLogOptions KafkaLogOptionsFor(const Config& config);

// The most memory that the client of a log in Kafka takes for records; 0 for another log.
uint64_t LogClientBytes(const Config& config);

// Opens the log of the configured kind: in DATA/log, or in the Kafka cluster, whose brokers are
// waited for up to `start_timeout_ms`. The clock and the logger outlive it.
Result<std::unique_ptr<EventLog>> OpenEventLog(const Config& config, const std::string& data_dir,
                                               const Clock& clock, Logger& logger,
                                               int start_timeout_ms = 15'000);

}  // namespace adtally
