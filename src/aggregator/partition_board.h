#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "aggregator/aggregator_status.h"
#include "base/logger.h"
#include "counting/checkpoint.h"
#include "log/event_log.h"

namespace adtally {

// Where the tasks of one partition note how they stand. Thread-safe.
class PartitionBoard {
 public:
  // The log and the logger outlive it. `max_ids`: CountingOptions.
  PartitionBoard(Partition partition, uint64_t max_ids, EventLog& log, Logger& logger);

  void Recovered(Offset delivered_to);
  void SetLiveIds(uint64_t live_ids);
  void Delivered(const Checkpoint& checkpoint);

  // What a task waits for; "" when it goes on. Logged when it changes.
  void SetCountingError(std::string message);
  void SetDeliveryError(std::string message);

  // nullopt until recovered. Asks nobody.
  std::optional<Offset> delivered_to() const;
  // Asks the log how far it has come meanwhile.
  PartitionStatus status() const;

 private:
  void SetError(std::string& of_task, std::string message);

  EventLog& log_;
  Logger& logger_;
  mutable std::mutex mutex_;
  PartitionStatus status_;
  std::string counting_error_;
  std::string delivery_error_;
};

}  // namespace adtally
