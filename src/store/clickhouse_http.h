#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

struct ClickHouseHttpOptions {
  std::string url;  // "http://host:8123" or "https://host:8443"
  std::string user;
  std::string password;
  std::string ca_file;  // PEM; empty: the system's certificate authorities
  int connect_timeout_ms = 5'000;
  int timeout_ms = 60'000;  // of a whole request
  int connections = 8;      // requests at a time; more wait
};

// Posts requests to ClickHouse over kept-alive connections. Certificates are verified. Thread-safe.
class ClickHouseHttp {
 public:
  // kInvalidArgument when the URL is none.
  static Result<std::unique_ptr<ClickHouseHttp>> Create(ClickHouseHttpOptions options);
  ~ClickHouseHttp();

  struct Request {
    std::vector<std::pair<std::string, std::string>> parameters;  // of the URL, not encoded
    std::string_view body;
    // Running it twice is the same as once. Any request is repeated when an idle connection turns
    // out to be closed before the body was sent; such a one also after it was.
    bool repeatable = false;
  };

  // The body of an answer without an exception, also one that came after the answer had begun. An
  // exception is an Error with its meaning (see ClickHouseError). kUnavailable when the server
  // cannot be reached, breaks off or is late: the statement may have run or not.
  Result<std::string> Post(const Request& request);

  // The same for an answer that is handed to `sink` while it comes, over a connection of its own.
  // An exception in the middle is found in the body's end, none of which reaches the sink.
  // kUnavailable also when nothing comes for `timeout_ms` or nobody takes any more.
  Result<void> PostStream(const Request& request, OutputSink& sink);

  // "ClickHouse at http://host:8123", for messages.
  const std::string& name() const;

 private:
  struct Impl;
  explicit ClickHouseHttp(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
