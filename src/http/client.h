#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace adtally::http {

// A blocking HTTP/1.1 client over one kept-alive connection that is opened on demand and reopened
// when it was closed. Not thread-safe: one per thread.
class Client {
 public:
  // `origin` is "http://host:port".
  static Result<std::unique_ptr<Client>> Create(std::string_view origin, int timeout_ms = 30'000);
  ~Client();

  // kUnavailable when the server cannot be reached or does not answer in time. Any status is a
  // Response; redirects are not followed. A request is sent again only when a kept-alive connection
  // turned out to be closed before any byte of the answer came.
  Result<Response> Send(std::string_view method, std::string_view target,
                        const std::vector<std::pair<std::string, std::string>>& headers = {},
                        std::string_view body = {});

 private:
  struct Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally::http
