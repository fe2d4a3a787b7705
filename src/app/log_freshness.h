#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "app/background_task.h"
#include "base/clock.h"
#include "base/logger.h"
#include "log/event_log.h"
#include "reporting/freshness.h"
#include "store/store.h"

namespace adtally {

// How far every partition is counted, whoever counts it: from the progress in the store and the
// ends of the log, read once a second.
class LogFreshness final : public FreshnessSource {
 public:
  // Everything outlives it.
  LogFreshness(EventLog& log, Store& store, const Clock& clock, Logger& logger);

  std::vector<PartitionFreshness> Read() const override;
  // Why nothing is known at the moment, in a sentence; "" when all is well.
  std::string Problem() const;

 private:
  void Update();
  Result<std::vector<PartitionFreshness>> Look() const;

  EventLog& log_;
  Store& store_;
  const Clock& clock_;
  Logger& logger_;
  mutable std::mutex mutex_;
  std::vector<PartitionFreshness> last_;
  std::string problem_ = "reading how far the log is counted";
  BackgroundTask update_;
};

}  // namespace adtally
