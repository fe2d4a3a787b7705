#include "app/store_setup.h"

#include <algorithm>
#include <utility>

#include "app/secrets.h"
#include "store/chdb_store.h"
#include "store/clickhouse_store.h"

namespace adtally {
namespace {

Result<std::unique_ptr<Store>> OpenEmbedded(const Config& config, const std::string& data_dir,
                                            int connections, Logger& logger) {
  ChdbStoreOptions options;
  options.path = data_dir + "/store";
  options.max_memory_bytes = static_cast<size_t>(config.store_max_memory_mb) << 20;
  options.connections = std::max(options.connections, connections);
  ADTALLY_ASSIGN(auto store, ChdbStore::Open(options, logger));
  return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<Store>> OpenServer(const Config& config, int connections, const Clock& clock,
                                          Logger& logger) {
  ClickHouseStoreOptions options;
  options.database = config.store_database;
  options.http.url = config.store_url;
  options.http.user = config.store_user;
  ADTALLY_ASSIGN(options.http.password, StorePassword(config));
  options.http.ca_file = config.store_ca_file;
  options.http.connect_timeout_ms = static_cast<int>(config.store_connect_timeout_ms);
  options.http.timeout_ms = static_cast<int>(config.store_timeout_ms);
  options.http.connections = std::max(options.http.connections, connections);
  return ClickHouseStore::Open(options, clock, logger);
}

}  // namespace

Result<std::unique_ptr<Store>> OpenStore(const Config& config, const std::string& data_dir,
                                         int connections, const Clock& clock, Logger& logger) {
  if (config.store_kind == "clickhouse") return OpenServer(config, connections, clock, logger);
  return OpenEmbedded(config, data_dir, connections, logger);
}

bool StoreMayKeepTokens(const Config& config) {
  return config.store_kind == "clickhouse";
}

}  // namespace adtally
