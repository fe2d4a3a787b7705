#include "app/store_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "aggregator/sharded_checkpoint_store.h"
#include "aggregator/sql_checkpoint_store.h"
#include "app/secrets.h"
#include "store/chdb_store.h"
#include "store/clickhouse_store.h"
#include "store/cluster_layout.h"
#include "store/migrations.h"
#include "store/shard_store.h"

namespace adtally {
namespace {

Result<std::unique_ptr<Store>> OpenEmbedded(const Config& config, const std::string& data_dir,
                                            int connections, Logger& logger) {
  ChdbStoreOptions options;
  options.path = data_dir + "/store";
  options.max_memory_bytes = static_cast<size_t>(config.store_max_memory_mb) << 20;
  options.connections = std::max(options.connections, connections);
  options.streams = static_cast<int>(config.api_report_files);
  ADTALLY_ASSIGN(auto store, ChdbStore::Open(options, logger));
  return std::unique_ptr<Store>(std::move(store));
}

Result<ClickHouseStoreOptions> ServerOptions(const Config& config, int connections) {
  ClickHouseStoreOptions options;
  options.database = config.store_database;
  options.http.url = config.store_url;
  options.http.user = config.store_user;
  ADTALLY_ASSIGN(options.http.password, StorePassword(config));
  options.http.ca_file = config.store_ca_file;
  options.http.connect_timeout_ms = static_cast<int>(config.store_connect_timeout_ms);
  options.http.timeout_ms = static_cast<int>(config.store_timeout_ms);
  options.http.connections = std::max(options.http.connections, connections);
  if (config.store_cluster.empty()) return options;
  // A report reads the replicas that deliveries go to first, so that no delivered row is missing
  // while all are up. Statements for all hosts give up before the request does.
  options.settings = {
      {"load_balancing", "in_order"},
      {"prefer_localhost_replica", "0"},
      {"distributed_ddl_task_timeout", std::to_string(config.store_timeout_ms * 9 / 10'000)}};
  return options;
}

// Settings of inserts that must be held by `quorum` replicas before they are acknowledged.
void SetQuorum(size_t quorum, const Config& config, ClickHouseStoreOptions& options) {
  options.insert_settings = {{"insert_deduplicate", "1"}};
  if (quorum < 2) return;
  options.insert_settings.emplace_back("insert_quorum", std::to_string(quorum));
  options.insert_settings.emplace_back("insert_quorum_parallel", "1");
  options.insert_settings.emplace_back("insert_quorum_timeout",
                                       std::to_string(config.store_timeout_ms * 9 / 10));
}

Result<std::vector<ClusterShard>> ReadLayout(const Config& config, Store& store) {
  return ReadClusterLayout(store, config.store_cluster, config.store_url,
                           config.store_replica_urls);
}

Result<std::unique_ptr<Store>> OpenServer(const Config& config, int connections, const Clock& clock,
                                          Logger& logger) {
  ADTALLY_ASSIGN(ClickHouseStoreOptions options, ServerOptions(config, connections));
  ADTALLY_ASSIGN(auto store, ClickHouseStore::Open(options, clock, logger));
  if (config.store_cluster.empty()) return store;
  // What is written through it, catalog and keys, is replicated to all hosts.
  ADTALLY_ASSIGN(const std::vector<ClusterShard> layout, ReadLayout(config, *store));
  size_t hosts = 0;
  for (const ClusterShard& shard : layout) hosts += shard.urls.size();
  ADTALLY_ASSIGN(const size_t quorum,
                 InsertQuorum(hosts, static_cast<size_t>(config.store_insert_quorum)));
  SetQuorum(quorum, config, options);
  return ClickHouseStore::Create(options);
}

Result<std::unique_ptr<Store>> OpenShard(const Config& config, const ClusterShard& shard,
                                         int connections) {
  ADTALLY_ASSIGN(const size_t quorum,
                 InsertQuorum(shard.urls.size(), static_cast<size_t>(config.store_insert_quorum)));
  std::vector<std::unique_ptr<Store>> replicas;
  for (const std::string& url : shard.urls) {
    ADTALLY_ASSIGN(ClickHouseStoreOptions options, ServerOptions(config, connections));
    options.http.url = url;
    SetQuorum(quorum, config, options);
    ADTALLY_ASSIGN(auto replica, ClickHouseStore::Create(options));
    replicas.push_back(std::move(replica));
  }
  return std::unique_ptr<Store>(std::make_unique<ShardStore>(std::move(replicas)));
}

bool InCluster(const Config& config) {
  return config.store_kind == "clickhouse" && !config.store_cluster.empty();
}

}  // namespace

Result<std::unique_ptr<Store>> OpenStore(const Config& config, const std::string& data_dir,
                                         int connections, const Clock& clock, Logger& logger) {
  if (config.store_kind == "clickhouse") return OpenServer(config, connections, clock, logger);
  return OpenEmbedded(config, data_dir, connections, logger);
}

Result<void> MigrateStore(const Config& config, Store& store) {
  return Migrate(store, InCluster(config) ? config.store_cluster : "");
}

Result<std::unique_ptr<CheckpointStore>> OpenCheckpointStore(const Config& config, Store& store,
                                                             int connections, Logger& logger) {
  if (!InCluster(config)) {
    const bool may_keep_tokens_without_rows = config.store_kind == "clickhouse";
    return std::unique_ptr<CheckpointStore>(
        std::make_unique<SqlCheckpointStore>(store, may_keep_tokens_without_rows));
  }
  ADTALLY_ASSIGN(const std::vector<ClusterShard> layout, ReadLayout(config, store));
  std::vector<std::unique_ptr<Store>> shards;
  for (const ClusterShard& shard : layout) {
    ADTALLY_ASSIGN(auto opened, OpenShard(config, shard, connections));
    shards.push_back(std::move(opened));
  }
  for (size_t i = 0; i < layout.size(); ++i) {
    logger.Info(fmt::format("shard {} of {} in cluster {}: {}", i + 1, layout.size(),
                            config.store_cluster, fmt::join(layout[i].urls, ", ")));
  }
  return ShardedCheckpointStore::Open(std::move(shards));
}

StorageSources StorageSourcesFor(const Config& config, const std::string& data_dir) {
  StorageSources sources;
  if (config.store_kind == "clickhouse") sources.database = config.store_database;
  sources.cluster = InCluster(config);
  if (config.log_kind == "rocksdb") sources.log_folder = data_dir + "/log";
  return sources;
}

}  // namespace adtally
