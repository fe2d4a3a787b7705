#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

// The replicas of one shard by the URLs of their HTTP interfaces, in the order of the cluster's
// configuration.
struct ClusterShard {
  std::vector<std::string> urls;  // never empty
};

// The shards of the cluster, from system.clusters of the server behind `store`, in its order.
//
// system.clusters knows the ports of ClickHouse's own protocol only. So a replica is reached under
// its host_name with scheme and port of `store_url`, unless `replica_urls` names its URL under
// "host_name" or "host_name:port" (that port).
//
// kInvalidArgument when there is no such cluster or two replicas have one URL.
Result<std::vector<ClusterShard>> ReadClusterLayout(
    Store& store, const std::string& cluster, const std::string& store_url,
    const std::map<std::string, std::string>& replica_urls);

// How many of `replicas` must hold an insert: `wanted`, or more than half when that is 0.
// kInvalidArgument when there are not so many.
Result<size_t> InsertQuorum(size_t replicas, size_t wanted);

}  // namespace adtally
