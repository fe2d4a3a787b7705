#pragma once

#include <cstdint>

#include "event/event.h"

namespace adtally {

// What an event's log partition is a function of.
struct PartitionKey {
  enum class Kind {
    kEventId,   // all partitions get the same share, whatever campaigns are hot
    kCampaign,  // a campaign's events are in `campaign_salt` partitions
  };
  Kind kind = Kind::kEventId;
  // Partitions over which a campaign is spread, at most: which of them an event gets depends on its
  // id alone. 1: a campaign has one partition. From as many as there are partitions on, no campaign
  // is hot.
  uint32_t campaign_salt = 16;
};

// Chooses the log partition of an event. Events of one id meet in one partition, which
// deduplication rests on; with kCampaign only as long as they name the same campaign. Immutable.
class Partitioner {
 public:
  // partitions > 0, campaign_salt > 0.
  Partitioner(uint32_t partitions, PartitionKey key = {});

  uint32_t partitions() const { return partitions_; }
  uint32_t PartitionOfEvent(const Event& event) const;

 private:
  uint32_t partitions_;
  PartitionKey key_;
};

}  // namespace adtally
