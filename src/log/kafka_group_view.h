#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "base/strong.h"

struct rd_kafka_s;
struct rd_kafka_topic_partition_list_s;

namespace adtally {

std::set<Partition> PartitionsOf(const rd_kafka_topic_partition_list_s& list);

// The name that the coordinator gave a member of a group; "" before it joined.
std::string MemberIdOf(const rd_kafka_s* client);

// What the group's coordinator believes that the member has; nullopt while it shares the partitions
// out anew, or does not answer within `timeout_ms`, above 0.
std::optional<std::set<Partition>> AskCoordinator(rd_kafka_s* client, const std::string& group,
                                                  const std::string& member_id, int timeout_ms);

}  // namespace adtally
