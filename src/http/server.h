#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/logger.h"
#include "base/result.h"
#include "http/message.h"

namespace adtally::http {

// Answers one request. Copyable; call it exactly once, from any thread, now or later, even after
// the server is gone (the answer is dropped then). When the last copy goes away uncalled, the
// request is answered 500. The Request stays readable until then, also if the client has left.
using Responder = std::function<void(Response)>;
// Called on an I/O thread: it must not block. Slow work goes to a thread pool of the handler's own.
using Handler = std::function<void(const Request&, Responder)>;

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // address:port or [address]:port; port 0 takes a free one
  int threads = 1;                     // I/O threads, each with its own event loop
  size_t max_header_bytes = 16 << 10;  // beyond: 431
  size_t max_body_bytes = 16 << 20;    // beyond, before or after decompression: 413
  // Checked once a second, or every quarter of the shortest one.
  int header_timeout_ms = 10'000;  // from a request's first byte to the end of its headers: 408
  int body_timeout_ms = 60'000;    // for the body: 408; for a client that does not read: closed
  int idle_timeout_ms = 75'000;    // between requests: closed
  int max_connections = 10'000;    // beyond: 503 and closed
};

// An HTTP/1.1 server (keep-alive, pipelining, chunked bodies, gzip and zstd request bodies).
// Malformed requests get 400 and the connection is closed. HEAD reaches the handler as HEAD; the
// body of its answer is left out. Start, then Stop; the destructor stops.
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, Handler handler,
                                               Logger& logger);
  ~Server();

  // "127.0.0.1:8080", with the port that was taken.
  std::string address() const;

  // Stops accepting, answers requests under way (for `drain_ms` at most), closes. Blocks until
  // then.
  void Stop(int drain_ms = 5000);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally::http
