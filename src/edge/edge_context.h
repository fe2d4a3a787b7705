#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "edge/client_info.h"
#include "edge/edge_options.h"
#include "edge/edge_stats.h"
#include "edge/event_appender.h"
#include "edge/landing_pages.h"
#include "event/signed_token.h"
#include "http/auth.h"
#include "http/message.h"

namespace adtally {

// Lets a warning through once a minute, so that a flood of requests does not become a flood of log
// lines. Thread-safe.
class WarningLimit {
 public:
  bool Allows(const Clock& clock) {
    constexpr int64_t kPeriodMicros = 60'000'000;
    const int64_t now = clock.MonotonicMicros();
    int64_t last = last_.load(std::memory_order_relaxed);
    if (last != kNever && now - last < kPeriodMicros) return false;
    return last_.compare_exchange_strong(last, now, std::memory_order_relaxed);
  }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  std::atomic<int64_t> last_{kNever};
};

// What the edge's handlers share. Owned by Edge; everything in it is thread-safe.
struct EdgeContext {
  const EdgeOptions& options;
  EventAppender& appender;
  const TokenSigner& signer;
  const http::Authenticator& authenticator;
  const LandingPages& landing_pages;
  const ClientInspector& clients;
  const Clock& clock;
  Logger& logger;
  EdgeStats& stats;
  WarningLimit append_warning{};
};

// nullopt when the request's key may send events and make links; else the 401 or 403.
std::optional<http::Response> RefuseKey(const http::Request& request, const EdgeContext& edge);

// The 429 or 503 of events that could not be appended, counted and, once a minute, logged.
http::Response NotAppended(const Error& error, EdgeContext& edge);

}  // namespace adtally
