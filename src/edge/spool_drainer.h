#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "edge/log_breaker.h"
#include "edge/spool_files.h"
#include "edge/spool_options.h"
#include "log/record_sink.h"

namespace adtally {

// The thread that hands spooled records to the log, oldest first, and drops them once they are
// acknowledged. One bounded append at a time, so that live traffic, which has more of them under
// way, keeps most of the log. While the log fails it is tried with a single record, less and less
// often; an answer in time closes the breaker.
class SpoolDrainer {
 public:
  // Everything must outlive it.
  SpoolDrainer(RecordSink& log, SpoolFiles& files, LogBreaker& breaker, const SpoolOptions& options,
               const Clock& clock, Logger& logger);
  ~SpoolDrainer() { Stop(); }

  // There is something to drain. Thread-safe.
  void Wake();
  // Waits for the append under way.
  void Stop();

  uint64_t drained() const { return drained_.load(); }  // records

 private:
  void Run();
  bool WaitForRecords();
  void Pause(int64_t ms);
  // False when it should be tried again later.
  bool DrainSome(size_t max_bytes);
  Result<void> AppendAndWait(std::vector<RecordSink::Append> records);
  void NoteProblem(const Error& error);

  RecordSink& log_;
  SpoolFiles& files_;
  LogBreaker& breaker_;
  const SpoolOptions options_;
  const Clock& clock_;
  Logger& logger_;
  std::atomic<uint64_t> drained_{0};
  bool has_problem_ = false;  // the thread's: that it was logged

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace adtally
