#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "log/event_log.h"

namespace adtally {

// The appends that wait for the log's writer, bounded by bytes. Any thread adds, one thread takes.
class AppendQueue {
 public:
  struct Request {
    std::vector<EventLog::Append> records;
    EventLog::Done done;
    size_t bytes = 0;  // set by Add
  };

  explicit AppendQueue(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Never blocks. kResourceExhausted when it is full, kTooLarge when it could never take the
  // request; then `request` is left as it was.
  Result<void> Add(Request& request);

  // Waits for requests, for Wake() or for `timeout`, and takes whole requests in order until they
  // hold `max_bytes`. What was taken still counts as queued until Finish(). nullopt after Close()
  // when nothing is left.
  std::optional<std::vector<Request>> Take(size_t max_bytes, std::chrono::milliseconds timeout);
  void Finish(const std::vector<Request>& taken);

  void Wake();
  void Close();

 private:
  const size_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> requests_;
  size_t bytes_ = 0;
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace adtally
