#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "generator/generator.h"
#include "http/message.h"

namespace adtally {

// Where the batches of one client go. Not thread-safe.
class BatchTarget {
 public:
  virtual ~BatchTarget() = default;
  // Hands over one encoded batch. kUnavailable when it is worth trying again with the same body;
  // any answer of a server is a Response.
  virtual Result<http::Response> Send(std::string_view body) = 0;
};

// True for an http:// address, false for a file's path.
bool IsHttpTarget(std::string_view to);

// The target of `options.to`. kInvalidArgument when it is not an origin of ours; kUnavailable when
// the file cannot be created. No connection is made before the first batch.
Result<std::unique_ptr<BatchTarget>> OpenBatchTarget(const GeneratorOptions& options);

}  // namespace adtally
