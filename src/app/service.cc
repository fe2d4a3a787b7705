#include "app/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "aggregator/aggregator.h"
#include "aggregator/log_binding.h"
#include "aggregator/rocksdb_id_cache.h"
#include "app/aggregator_setup.h"
#include "app/event_log_setup.h"
#include "app/machine.h"
#include "app/memory_budget.h"
#include "app/monitoring.h"
#include "app/secrets.h"
#include "app/store_setup.h"
#include "edge/edge.h"
#include "http/server.h"
#include "http/static_files.h"
#include "reporting/reporting_api.h"

namespace adtally {
namespace {

// Statements of the API that the store runs at a time, beside those of the delivering threads.
constexpr int kApiConnections = 4;

class CatalogLandingPages final : public LandingPages {
 public:
  explicit CatalogLandingPages(const Catalog& catalog) : catalog_(catalog) {}
  std::optional<std::string> Find(uint32_t creative_id) const override {
    return catalog_.LandingUrl(creative_id);
  }

 private:
  const Catalog& catalog_;
};

EdgeOptions EdgeOptionsFor(const Config& config) {
  EdgeOptions options;
  options.public_url = config.edge_public_url;
  options.dedup_window_ms = config.aggregator_dedup_window_hours * kMillisPerHour;
  options.clients.trusted_proxies = config.edge_trusted_proxies;
  options.clients.country_header = config.edge_country_header;
  options.clients.region_header = config.edge_region_header;
  options.clients.country_file = config.edge_country_file;
  return options;
}

// The dashboard, if it was built: without one the API says how to build it.
std::optional<http::StaticFiles> LoadDashboard(const Config& config, Logger& logger) {
  std::filesystem::path root = config.api_web_root;
  if (root.empty()) {
    std::error_code error;
    root = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "web";
  }
  auto files = http::StaticFiles::Load(root);
  if (files.ok()) return std::move(files).value();
  logger.Warning(fmt::format("no dashboard: {}", files.error().message));
  return std::nullopt;
}

}  // namespace

// In the order in which they are built; destroyed in reverse.
struct Service::Parts {
  MachineLimits machine;
  AggregatorOptions aggregator_options;
  std::string admin_key;
  std::unique_ptr<EventLog> log;
  std::unique_ptr<IdCache> id_cache;
  std::unique_ptr<Store> store;
  std::unique_ptr<CheckpointStore> checkpoint_store;
  std::unique_ptr<TokenSigner> signer;
  std::optional<TimeZones> time_zones;
  std::unique_ptr<Catalog> catalog;
  std::unique_ptr<ApiKeys> api_keys;
  std::unique_ptr<CatalogLandingPages> landing_pages;
  std::unique_ptr<Aggregator> aggregator;
  std::unique_ptr<Edge> edge;
  std::unique_ptr<Monitoring> monitoring;
  std::unique_ptr<ReportingApi> api;
  std::unique_ptr<http::Server> api_server;
  std::unique_ptr<http::Server> edge_server;

  // Settles what the config leaves to the machine. Before anything is opened: an error is of the
  // config.
  Result<void> SetUp(const Config& config);
  void LogSetUp(const Config& config, Logger& logger) const;
  Result<void> OpenStorage(const Config& config, const std::string& data_dir, const Clock& clock,
                           Logger& logger);
  Result<void> LoadDirectory(const Config& config, const std::string& data_dir, const Clock& clock);
  Result<void> StartServers(const Config& config, const Clock& clock, Logger& logger);
};

Result<void> Service::Parts::SetUp(const Config& config) {
  machine = ReadMachineLimits();
  ADTALLY_ASSIGN(aggregator_options, AggregatorOptionsFor(config, machine));
  return {};
}

// What the machine made of the configuration. Not before it is certain that the start succeeds.
void Service::Parts::LogSetUp(const Config& config, Logger& logger) const {
  const double max_ids = static_cast<double>(aggregator_options.counting.max_ids) *
                         static_cast<double>(config.log_partitions);
  logger.Info(fmt::format(
      "{} threads count and {} deliver {} partitions; deduplication may remember {:.0f} event ids "
      "({:.1f} GB of the {:.1f} GB that this process may use)",
      aggregator_options.counting_threads, aggregator_options.delivery_threads,
      config.log_partitions, max_ids, max_ids * kBytesPerId / 1e9,
      static_cast<double>(machine.memory_bytes) / 1e9));
}

Result<void> Service::Parts::OpenStorage(const Config& config, const std::string& data_dir,
                                         const Clock& clock, Logger& logger) {
  std::error_code error;
  std::filesystem::create_directories(data_dir, error);
  if (error) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("data folder {} cannot be made: {}", data_dir, error.message())};
  }
  // First: a local log's lock tells that another process uses the folder.
  ADTALLY_ASSIGN(log, OpenEventLog(config, data_dir, clock, logger));
  ADTALLY_ASSIGN(id_cache, RocksDbIdCache::Open(data_dir + "/ids", log->log_id(), logger));
  const int connections = aggregator_options.delivery_threads + kApiConnections;
  ADTALLY_ASSIGN(store, OpenStore(config, data_dir, connections, clock, logger));
  ADTALLY_TRY(MigrateStore(config, *store));
  ADTALLY_ASSIGN(checkpoint_store, OpenCheckpointStore(config, *store, connections, logger));
  return BindLog(*log, *checkpoint_store);
}

Result<void> Service::Parts::LoadDirectory(const Config& config, const std::string& data_dir,
                                           const Clock& clock) {
  ADTALLY_ASSIGN(admin_key, AdminKey(config, data_dir));
  ADTALLY_ASSIGN(TokenKeys link_keys, LinkKeys(config, data_dir));
  ADTALLY_ASSIGN(signer, TokenSigner::Create(std::move(link_keys)));
  ADTALLY_ASSIGN(time_zones, TimeZones::Load(*store));
  ADTALLY_ASSIGN(catalog, Catalog::Create(*store, clock, *time_zones));
  ADTALLY_ASSIGN(api_keys, ApiKeys::Create(*store, clock, admin_key));
  landing_pages = std::make_unique<CatalogLandingPages>(*catalog);
  return {};
}

Result<void> Service::Parts::StartServers(const Config& config, const Clock& clock,
                                          Logger& logger) {
  aggregator = std::make_unique<Aggregator>(aggregator_options, log->log_id(), *log,
                                            *checkpoint_store, *id_cache, clock, logger);
  ADTALLY_ASSIGN(edge, Edge::Create(EdgeOptionsFor(config), *log, *signer, *api_keys,
                                    *landing_pages, clock, logger));
  monitoring = std::make_unique<Monitoring>(*aggregator, edge->stats(), clock);

  ReportingApiOptions api_options;
  api_options.readiness = [this] { return monitoring->NotReady(); };
  api_options.metrics = [this] { return monitoring->Metrics(); };
  api_options.dashboard = LoadDashboard(config, logger);
  api = ReportingApi::Create(std::move(api_options), *store, *time_zones, *catalog, *api_keys,
                             *monitoring, logger);
  http::ServerOptions api_server_options;
  api_server_options.listen = config.api_listen;
  ADTALLY_ASSIGN(api_server, http::Server::Start(api_server_options, api->handler(), logger));

  http::ServerOptions edge_server_options;
  edge_server_options.listen = config.edge_listen;
  edge_server_options.threads = static_cast<int>(config.edge_threads);
  ADTALLY_ASSIGN(edge_server, http::Server::Start(edge_server_options, edge->handler(), logger));
  return {};
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::Start(const Config& config, const std::string& data_dir,
                                                const Clock& clock, Logger& logger) {
  auto parts = std::make_unique<Parts>();
  ADTALLY_TRY(parts->SetUp(config));
  ADTALLY_TRY(parts->OpenStorage(config, data_dir, clock, logger));
  ADTALLY_TRY(parts->LoadDirectory(config, data_dir, clock));
  ADTALLY_TRY(parts->StartServers(config, clock, logger));
  parts->LogSetUp(config, logger);
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

std::string Service::edge_address() const {
  return parts_->edge_server->address();
}
std::string Service::api_address() const {
  return parts_->api_server->address();
}
const std::string& Service::admin_key() const {
  return parts_->admin_key;
}

void Service::Drain() {
  parts_->edge_server->Stop();
  parts_->aggregator->Drain();
  parts_->api_server->Stop();
}

}  // namespace adtally
