#pragma once

#include <atomic>
#include <cstdint>

namespace adtally {

// A number that only grows. Written by any thread, read by whoever shows it.
class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// What the edge did since it started. An event is counted here when it is durable, not before.
struct EdgeStats {
  Counter impressions;      // through /i/
  Counter clicks;           // through /c/
  Counter conversions;      // through /v1/conversions and /p/
  Counter ingested_events;  // through /v1/events
  Counter rejected_events;  // lines of /v1/events that were refused with a reason
  Counter late_events;      // ingested, but older than the deduplication window
  Counter bot_events;       // impressions, clicks and conversions marked as a bot's

  Counter uncounted_requests;     // HEAD and prefetch: answered, not counted
  Counter invalid_tokens;         // links and click ids that are forged, altered or expired
  Counter missing_landing_pages;  // clicks whose creative has no landing page: 404
  Counter bad_conversions;        // 400
  Counter refused_keys;           // 401 and 403
  Counter links;                  // made by /v1/links
  Counter overloaded;             // requests answered 429
  Counter unavailable;            // requests answered 503

  Counter log_appends;
  Counter log_records;
  Counter log_bytes;
  Counter log_failures;  // appends that the log refused or failed
};

}  // namespace adtally
