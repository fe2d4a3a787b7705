#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "edge/partitioner.h"
#include "event/event.h"

namespace adtally {

// Events encoded as EventBatches, each for one partition: the work that a large request does on its
// own thread, before it takes the appender's lock. Not thread-safe.
class EncodedEvents {
 public:
  struct Chunk {
    uint32_t partition;
    std::string batch;  // at most max_record_bytes, unless a single event is larger
  };

  EncodedEvents(const Partitioner& partitioner, size_t max_record_bytes);

  // The views in `event` are not kept.
  void Add(const Event& event);

  uint32_t partitions() const { return static_cast<uint32_t>(open_.size()); }
  uint64_t events() const { return events_; }
  size_t bytes() const { return bytes_; }

  // All chunks, none of them empty. The object is empty afterwards.
  std::vector<Chunk> TakeChunks();

 private:
  const Partitioner partitioner_;
  const size_t max_record_bytes_;
  std::vector<std::string> open_;  // the chunk that grows, by partition
  std::vector<Chunk> full_;
  uint64_t events_ = 0;
  size_t bytes_ = 0;
};

}  // namespace adtally
