#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally {

// What the API can ask about tracking links. Thread-safe; does not block.
class LinkCalls {
 public:
  virtual ~LinkCalls() = default;
  // The answer, JSON, to a body as the edge's POST /v1/links takes it. `host`: of the request to
  // the API, "ads.example.com:8081", where an edge of the same machine may be reached. kConflict
  // when nobody knows what links have to start with.
  virtual Result<std::string> MakeLinks(std::string_view body, std::string_view host) const = 0;
};

}  // namespace adtally
