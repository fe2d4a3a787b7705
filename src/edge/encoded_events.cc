#include "edge/encoded_events.h"

#include <utility>

#include "event/protobuf_codec.h"

namespace adtally {

EncodedEvents::EncodedEvents(const Partitioner& partitioner, size_t max_record_bytes)
    : partitioner_(partitioner),
      max_record_bytes_(max_record_bytes),
      open_(partitioner.partitions()) {}

void EncodedEvents::Add(const Event& event) {
  const uint32_t partition = partitioner_.PartitionOfEvent(event);
  std::string& open = open_[partition];
  const size_t before = open.size();
  AppendToBatch(event, open);
  bytes_ += open.size() - before;
  ++events_;
  if (open.size() > max_record_bytes_ && before > 0) {
    std::string tail = open.substr(before);
    open.resize(before);
    full_.push_back({partition, std::exchange(open, std::move(tail))});
  }
}

std::vector<EncodedEvents::Chunk> EncodedEvents::TakeChunks() {
  std::vector<Chunk> chunks = std::move(full_);
  full_.clear();
  for (uint32_t p = 0; p < partitions(); ++p) {
    if (!open_[p].empty()) chunks.push_back({p, std::exchange(open_[p], {})});
  }
  events_ = 0;
  bytes_ = 0;
  return chunks;
}

}  // namespace adtally
