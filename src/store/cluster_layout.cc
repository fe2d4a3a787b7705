#include "store/cluster_layout.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

namespace adtally {
namespace {

// What stands before the next `separator`, which is taken off too; everything when there is none.
std::string_view Take(std::string_view& text, char separator) {
  const size_t at = std::min(text.find(separator), text.size());
  const std::string_view field = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return field;
}

std::string UrlOf(std::string_view host, std::string_view port, const std::string& store_url,
                  const std::map<std::string, std::string>& replica_urls) {
  const std::string name(host);
  for (const std::string& key : {name + ":" + std::string(port), name}) {
    if (const auto named = replica_urls.find(key); named != replica_urls.end()) {
      return named->second;
    }
  }
  const size_t scheme_end = store_url.find("//") + 2;
  const size_t colon = store_url.rfind(':');
  const bool has_port = colon != std::string::npos && colon > scheme_end &&
                        store_url.find(']', colon) == std::string::npos;
  const bool is_ipv6 = name.find(':') != std::string::npos;
  return store_url.substr(0, scheme_end) + (is_ipv6 ? "[" + name + "]" : name) +
         (has_port ? store_url.substr(colon) : "");
}

}  // namespace

Result<std::vector<ClusterShard>> ReadClusterLayout(
    Store& store, const std::string& cluster, const std::string& store_url,
    const std::map<std::string, std::string>& replica_urls) {
  ADTALLY_ASSIGN(const std::string answer,
                 store.Query("SELECT shard_num, host_name, port FROM system.clusters WHERE cluster "
                             "= {cluster:String} ORDER BY shard_num, replica_num",
                             {{"cluster", cluster}}, "TSVRaw"));
  std::vector<ClusterShard> shards;
  std::set<std::string> seen;
  std::string_view last_shard;
  for (std::string_view text = answer; !text.empty();) {
    std::string_view line = Take(text, '\n');
    const std::string_view shard = Take(line, '\t');
    const std::string_view host = Take(line, '\t');
    const std::string url = UrlOf(host, line, store_url, replica_urls);
    if (!seen.insert(url).second) {
      return Error{ErrorCode::kInvalidArgument, "two replicas of cluster " + cluster +
                                                    " would be reached at " + url +
                                                    ": name their URLs in store.replica_urls"};
    }
    if (shards.empty() || shard != last_shard) shards.emplace_back();
    shards.back().urls.push_back(url);
    last_shard = shard;
  }
  if (!shards.empty()) return shards;
  return Error{ErrorCode::kInvalidArgument,
               "store.cluster: the server at store.url has no cluster \"" + cluster +
                   "\" in its configuration (remote_servers)"};
}

Result<size_t> InsertQuorum(size_t replicas, size_t wanted) {
  if (wanted <= replicas) return wanted == 0 ? replicas / 2 + 1 : wanted;
  return Error{ErrorCode::kInvalidArgument, "store.insert_quorum is " + std::to_string(wanted) +
                                                ", but a shard has only " +
                                                std::to_string(replicas) + " replicas"};
}

}  // namespace adtally
