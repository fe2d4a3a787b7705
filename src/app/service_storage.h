#pragma once

#include <memory>
#include <string>

#include "aggregator/checkpoint_store.h"
#include "app/config.h"
#include "app/roles.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "log/event_log.h"
#include "log/late_log.h"
#include "log/record_sink.h"
#include "store/store.h"

namespace adtally {

// The log and the store of a process, which belong together.
struct ServiceStorage {
  std::unique_ptr<EventLog> log;
  std::unique_ptr<Store> store;
  std::unique_ptr<CheckpointStore> checkpoint_store;
  // Instead of the first and the third in a process that is an edge only: it starts while Kafka, or
  // a shard of the store, is out of reach.
  std::unique_ptr<LateLog> late_log;

  RecordSink& sink() const { return late_log ? static_cast<RecordSink&>(*late_log) : *log; }

  // `connections`: how many calls of the store at a time there are, at least. The clock and the
  // logger outlive it.
  static Result<ServiceStorage> Open(const Config& config, const Roles& roles,
                                     const std::string& data_dir, int connections,
                                     const Clock& clock, Logger& logger);
};

}  // namespace adtally
