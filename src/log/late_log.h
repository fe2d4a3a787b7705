#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/logger.h"
#include "base/result.h"
#include "log/event_log.h"
#include "log/record_sink.h"

namespace adtally {

// An event log that may be out of reach when the process starts. Until it could be opened, appends
// get kUnavailable, as later when it is out of reach. For a process that only appends. Thread-safe.
class LateLog final : public RecordSink {
 public:
  // May block for some seconds.
  using Opener = std::function<Result<std::unique_ptr<EventLog>>()>;

  // Tries once. After kUnavailable it is tried again every `retry_ms` in a thread, any other error
  // is returned: waiting would not help. `partitions` are those that the log must have. The logger
  // outlives it.
  static Result<std::unique_ptr<LateLog>> Open(uint32_t partitions, Opener open, Logger& logger,
                                               int64_t retry_ms = 1000);
  // Waits for the attempt under way.
  ~LateLog() override;

  uint32_t partitions() const override { return partitions_; }
  void AppendAsync(std::vector<Append> records, Done done) override;

 private:
  LateLog(uint32_t partitions, Opener open, Logger& logger, int64_t retry_ms);
  // Publishes the log, or keeps the error.
  Result<void> Try();
  void Run();

  const uint32_t partitions_;
  const Opener open_;
  Logger& logger_;
  const int64_t retry_ms_;
  std::unique_ptr<EventLog> log_;  // set once
  std::atomic<EventLog*> opened_{nullptr};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string problem_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace adtally
