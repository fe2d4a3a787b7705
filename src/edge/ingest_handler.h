#pragma once

#include "base/worker_pool.h"
#include "edge/edge_context.h"
#include "edge/ingest.h"
#include "http/message.h"
#include "http/server.h"

namespace adtally {

// POST /v1/events. Thread-safe.
class IngestHandler {
 public:
  // The context must outlive the handler.
  explicit IngestHandler(EdgeContext& edge);

  void Handle(const http::Request& request, http::Responder respond);

 private:
  void Ingest(std::string_view body, IngestFormat format, const http::Responder& respond);

  EdgeContext& edge_;
  WorkerPool workers_;  // last: its destructor runs the jobs that use the rest
};

}  // namespace adtally
