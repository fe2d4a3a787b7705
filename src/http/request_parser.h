#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/content_decoder.h"

namespace adtally::http {

// A piece of a request's head, counted from the head's first byte: the buffer may move underneath.
struct Span {
  uint32_t begin = 0;
  uint32_t size = 0;
  std::string_view In(std::string_view head) const { return head.substr(begin, size); }
};

// What a request's head says.
struct RequestHead {
  size_t bytes = 0;  // up to and including the empty line
  Span method;
  Span path;
  Span query;
  std::vector<std::pair<Span, Span>> headers;
  bool http11 = true;
  bool keep_alive = false;
  bool is_head = false;
  bool chunked = false;
  bool expects_continue = false;
  uint64_t content_length = 0;
  ContentCoding coding = ContentCoding::kIdentity;
};

// Parses requests one after the other, strictly: what could be read in two ways is refused. Not
// thread-safe.
class RequestParser {
 public:
  enum class Progress { kMore, kDone, kFailed };
  struct Failure {
    int status = 0;
    std::string detail;
  };

  explicit RequestParser(size_t max_body_bytes);
  ~RequestParser();

  // `data` starts with a request and holds its whole head; what follows the head is left alone.
  // False when the request cannot be accepted: see failure(). head() is filled as far as it was
  // read.
  bool ParseHead(std::string_view data);

  // Takes chunks off `data`, the bytes that follow a chunked request's head or the last call's
  // `consumed`, and appends their content to `body`. kMore: call again with the bytes that were not
  // consumed and some more.
  Progress ParseChunks(std::string_view data, std::string& body, size_t& consumed);

  // Forgets the request, keeping memory.
  void Reset();

  const RequestHead& head() const { return head_; }
  const Failure& failure() const { return failure_; }

 private:
  class Beast;
  const size_t max_body_bytes_;
  RequestHead head_;
  Failure failure_;
  std::unique_ptr<Beast> beast_;
};

}  // namespace adtally::http
