#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "edge/log_breaker.h"
#include "edge/spool_drainer.h"
#include "edge/spool_files.h"
#include "edge/spool_options.h"
#include "log/record_sink.h"

namespace adtally {

// Stands before an event log that can be out of reach. What the log does not acknowledge in time is
// stored on this machine's disk, acknowledged, and handed to the log later.
//
// The log may have, or get, such a record all the same, so a record can be in it twice and out of
// order. Events keep their ids, so deduplication drops the second one while it is within its
// window. Behind the window it is late, since the event is as old as that, and an event that waits
// here for longer than the window is late too: in the ledger, and not counted wrong.
//
// While the log is down (LogBreaker), records are spooled at once; draining tries the log and finds
// out when it is back. Thread-safe.
class Spool final : public RecordSink {
 public:
  // What is left from before is drained. The log, the clock and the logger must outlive it.
  Spool(RecordSink& log, std::unique_ptr<SpoolFiles> files, const SpoolOptions& options,
        const Clock& clock, Logger& logger);
  // Waits until the log has answered what was handed to it. No AppendAsync may be under way or
  // follow. What is in the spool stays there for the next start.
  ~Spool() override;

  uint32_t partitions() const override { return log_.partitions(); }
  // kUnavailable: neither the log nor the spool can take the records.
  void AppendAsync(std::vector<Append> records, Done done) override;

  SpoolStatus status() const;

 private:
  // Under mutex_, but for the records of one that is not waiting any more.
  struct Request {
    std::vector<Append> records;
    Done done;
    int64_t deadline_micros;
    bool waiting = true;  // for the log
  };
  using RequestPtr = std::shared_ptr<Request>;

  void ToLog(std::vector<Append> records, Done done);
  void LogAnswered(const RequestPtr& request, Result<void> result);
  void ToFiles(const std::vector<Append>& records, Done done);
  void NoteFailure();
  // The thread that gives up on the log.
  void WatchDeadlines();

  RecordSink& log_;
  const SpoolOptions options_;
  const Clock& clock_;
  Logger& logger_;
  LogBreaker breaker_;
  std::atomic<uint64_t> spooled_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<bool> failing_{false};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<RequestPtr> at_log_;  // in order of their deadlines; the first one is waiting
  size_t log_calls_ = 0;           // that the log has not answered
  bool stopping_ = false;

  std::unique_ptr<SpoolFiles> files_;
  SpoolDrainer drainer_;
  std::thread watcher_;
};

}  // namespace adtally
