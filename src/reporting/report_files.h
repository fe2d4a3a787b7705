#pragma once

#include "base/worker_pool.h"
#include "http/message.h"
#include "http/server.h"
#include "reporting/access.h"
#include "reporting/handlers.h"
#include "reporting/stream_slots.h"

namespace adtally {

// GET /v1/report as csv, Parquet or Arrow: of any size, sent while the store makes it. Each takes a
// thread for as long as its client reads. A client that reads slowly holds its query up, one that
// leaves ends it. What fails before the first byte is a problem document; afterwards the transfer
// breaks off.
class ReportFiles {
 public:
  // The context outlives it.
  ReportFiles(const ApiContext& context, StreamLimits limits);
  // Waits for those under way, which end at once when the server that uses it has stopped.
  ~ReportFiles() = default;

  // Whether the request is for one of these formats.
  static bool Asks(const http::Request& request);
  // Does not block. `admission` has a caller that may make the call.
  void Answer(const http::Request& request, Admission admission, http::Responder respond);

 private:
  void Run(const http::Request& request, const Admission& admission,
           const http::Responder& respond) const;

  const ApiContext& context_;
  StreamSlots slots_;
  WorkerPool pool_;
};

}  // namespace adtally
