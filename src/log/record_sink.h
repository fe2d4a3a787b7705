#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/strong.h"

namespace adtally {

// Takes records in and tells when they are durable: an event log, or something in front of one.
// Thread-safe.
class RecordSink {
 public:
  struct Append {
    Partition partition;
    std::string payload;
  };
  // Called once, from a thread of the sink: ok when every record of the request is durable. After
  // an error none, some or all of them may be in the log; appending the same events again is safe
  // since they keep their event ids. It must not block.
  using Done = std::function<void(Result<void>)>;

  virtual ~RecordSink() = default;

  virtual uint32_t partitions() const = 0;
  // Queues the records. When the bounded queue is full, `done` gets kResourceExhausted at once, in
  // the caller's thread.
  virtual void AppendAsync(std::vector<Append> records, Done done) = 0;
};

}  // namespace adtally
