#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>

#include "aggregator/aggregator_options.h"
#include "aggregator/checkpoint_store.h"
#include "aggregator/id_cache.h"
#include "base/clock.h"
#include "base/logger.h"
#include "log/event_log.h"

namespace adtally {

enum class RunMode {
  kRun,
  kDrain,  // nothing is appended any more: cut and deliver all there is, then end
  kStop,   // give up what is under way
};

// What the tasks of all partitions work with.
struct AggregatorContext {
  const AggregatorOptions options;
  const std::string topic;  // names the log in deduplication tokens
  EventLog& log;
  CheckpointStore& store;
  IdCache& cache;
  const Clock& clock;
  Logger& logger;
  std::atomic<RunMode> mode = RunMode::kRun;
};

// How long to wait after the attempt-th failure (from 0) before trying again.
inline int64_t RetryPauseMs(int attempt) {
  return std::min<int64_t>(2000, int64_t{50} << std::min(attempt, 10));
}

}  // namespace adtally
