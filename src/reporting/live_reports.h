#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/worker_pool.h"
#include "http/message.h"
#include "http/server.h"
#include "reporting/access.h"
#include "reporting/handlers.h"
#include "reporting/stream_slots.h"

namespace adtally {

inline constexpr uint32_t kMaxLiveRows = 1000;

struct LiveReportOptions {
  StreamLimits limits = {.total = 256, .per_key = 16};
  int check_ms = 1000;           // how often a report is asked for; a slow one less often
  int heartbeat_ms = 15'000;     // after this long without an event
  const Clock* clock = nullptr;  // of sessions; outlives it
};

// GET /v1/report/live: a report as server-sent events, each time that its numbers have changed.
//
// Streams of the same report for callers who may see the same share one query, at most once a
// check. A query never takes more than a sixth of the time, however slow it is. Of a client that
// does not read nothing piles up: it gets the newest numbers once it has read what it was sent. A
// stream ends when its key is revoked, its session is over, or the server stops. Thread-safe.
class LiveReports {
 public:
  // The context outlives it.
  LiveReports(const ApiContext& context, const LiveReportOptions& options);
  // Waits for queries under way. The server that uses it must have stopped.
  ~LiveReports();

  // Begins a stream, or says why not. Blocks on the store; the request's views end with the answer.
  void Answer(const http::Request& request, const Admission& admission,
              const http::Responder& respond);

 private:
  struct Snapshot;
  struct Subscriber;
  struct Topic;
  using TopicPtr = std::shared_ptr<Topic>;

  Result<TopicPtr> FindTopic(const http::Request& request, const http::Principal& caller);
  void Ask(Topic& topic);
  void Subscribe(const TopicPtr& topic, const Admission& admission, StreamSlots::Slot slot,
                 const http::Request& request, const http::Responder& respond);
  void Run();
  void Check(int64_t now_us);
  bool HasEnded(const Subscriber& subscriber) const;
  void Send(const Topic& topic, Subscriber& subscriber, int64_t now_us) const;

  const ApiContext& context_;
  const LiveReportOptions options_;
  StreamSlots slots_;
  std::mutex mutex_;  // of all below and of what is in the topics
  std::condition_variable stopped_;
  bool stop_ = false;
  std::map<std::string, TopicPtr> topics_;  // by whose numbers and which report
  WorkerPool pool_;
  std::thread thread_;
};

}  // namespace adtally
