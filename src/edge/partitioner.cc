#include "edge/partitioner.h"

#include "base/check.h"
#include "base/hash.h"

namespace adtally {
namespace {

// Of the id's bytes in little-endian order.
Hash128 HashCampaign(uint32_t campaign_id) {
  const char bytes[] = {static_cast<char>(campaign_id), static_cast<char>(campaign_id >> 8),
                        static_cast<char>(campaign_id >> 16), static_cast<char>(campaign_id >> 24)};
  return HashBytes({bytes, sizeof bytes});
}

}  // namespace

Partitioner::Partitioner(uint32_t partitions, PartitionKey key)
    : partitions_(partitions), key_(key) {
  ADTALLY_CHECK(partitions_ > 0, "a log has at least one partition");
  ADTALLY_CHECK(key_.campaign_salt > 0, "a campaign has at least one partition");
}

// The salts of a campaign are partitions that follow one another from a place of its own. Hashing
// each salt instead would put several on one partition and none on another.
uint32_t Partitioner::PartitionOfEvent(const Event& event) const {
  const Hash128 id = HashBytes(event.event_id);
  if (key_.kind == PartitionKey::Kind::kEventId) return PartitionOf(id, partitions_);
  const uint64_t first = PartitionOf(HashCampaign(event.dimensions.campaign_id), partitions_);
  return static_cast<uint32_t>((first + PartitionOf(id, key_.campaign_salt)) % partitions_);
}

}  // namespace adtally
