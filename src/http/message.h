#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace adtally::http {

class BodyReader;

// A parsed request. Views point into the connection's buffer and are valid until the handler's
// Responder is called.
struct Request {
  std::string_view method;  // "GET"
  std::string_view path;    // before '?', not decoded
  std::string_view query;   // after '?', not decoded
  std::string_view body;    // decoded from gzip or zstd when Content-Encoding says so
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view remote_address;  // of the peer, without port
  // Becomes true when the client has closed its side of the connection, noticed within a second or
  // so. Unlike the views it may be kept. Long work for nobody can be given up then; an answer is
  // still sent to a client that waits for one.
  std::shared_ptr<const std::atomic<bool>> left = nullptr;

  // The first header of that name (case-insensitive); "" when absent.
  std::string_view Header(std::string_view name) const;
  // The key of `Authorization: Bearer KEY`; "" when absent.
  std::string_view BearerKey() const;
};

struct Response {
  int status = 200;
  std::string body;
  // The server adds Content-Length or Transfer-Encoding, and Connection.
  std::vector<std::pair<std::string, std::string>> headers;
  // The body instead of `body`, sent as it is written: see http/body_pipe.h. In chunks; to a client
  // of HTTP/1.0 until the connection closes. One that breaks off resets the connection; one whose
  // client closes its side is given up.
  std::shared_ptr<BodyReader> stream = nullptr;

  // The first header of that name (case-insensitive); "" when absent. Valid as long as the headers.
  std::string_view Header(std::string_view name) const;
};

// Percent-decodes; '+' is a space. Bad escapes stay as they are.
std::string UrlDecode(std::string_view text);
std::string UrlEncode(std::string_view text);
// The decoded pairs of a query string or form body, in order.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);

int StatusOf(ErrorCode code);  // 400, 401, 403, 404, 409, 413, 429, 503, 500
// An RFC 9457 problem document: {"type","title","status","detail"}. 429 and 503 carry Retry-After.
Response Problem(int status, std::string_view detail);
Response Problem(const Error& error);
// 405. `allowed`: the methods that the resource takes, "GET, HEAD".
Response MethodNotAllowed(std::string_view allowed);
Response Json(std::string body, int status = 200);

}  // namespace adtally::http
