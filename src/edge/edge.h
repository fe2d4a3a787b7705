#pragma once

#include <memory>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "edge/edge_options.h"
#include "edge/edge_stats.h"
#include "edge/landing_pages.h"
#include "event/signed_token.h"
#include "http/auth.h"
#include "http/server.h"
#include "log/record_sink.h"

namespace adtally {

// The edge: the HTTP calls that take events in. Thread-safe. No event is acknowledged before it is
// durable in the log, or in the spool before it.
class Edge {
 public:
  // Everything passed by reference must outlive the edge. Errors name the option that is wrong.
  static Result<std::unique_ptr<Edge>> Create(EdgeOptions options, RecordSink& log,
                                              const TokenSigner& signer,
                                              const http::Authenticator& authenticator,
                                              const LandingPages& landing_pages, const Clock& clock,
                                              Logger& logger);
  // Answers what was taken. Stop the server first: no call of the handler may be under way or
  // follow.
  ~Edge();

  // Valid as long as the edge.
  http::Handler handler();

  const EdgeStats& stats() const;

 private:
  struct Impl;
  explicit Edge(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
