#include "app/service.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "app/access_setup.h"
#include "app/aggregator_role.h"
#include "app/aggregator_setup.h"
#include "app/archive_setup.h"
#include "app/directory.h"
#include "app/link_maker.h"
#include "app/log_freshness.h"
#include "app/machine.h"
#include "app/maintenance_role.h"
#include "app/memory_budget.h"
#include "app/monitoring.h"
#include "app/rejected_samples.h"
#include "app/rejected_topic.h"
#include "app/secrets.h"
#include "app/service_storage.h"
#include "app/spool_setup.h"
#include "app/store_setup.h"
#include "base/recent_rejections.h"
#include "edge/edge.h"
#include "http/probes.h"
#include "http/server.h"
#include "http/static_files.h"
#include "reporting/reporting_api.h"

namespace adtally {
namespace {

// Statements that the store runs at a time, beside those of the delivering threads.
constexpr int kOtherConnections = 6;

EdgeOptions EdgeOptionsFor(const Config& config) {
  EdgeOptions options;
  options.public_url = config.edge_public_url;
  options.dedup_window_ms = config.aggregator_dedup_window_hours * kMillisPerHour;
  options.clients.trusted_proxies = config.edge_trusted_proxies;
  options.clients.country_header = config.edge_country_header;
  options.clients.region_header = config.edge_region_header;
  options.clients.country_file = config.edge_country_file;
  options.appender.partition_key = PartitionKeyFor(config);
  options.has_spool = UsesSpool(config);
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

// APIs that share the work keep nothing in files.
Result<void> MakeDataFolder(const Config& config, const Roles& roles, const std::string& data_dir) {
  if (!roles.aggregator && !(roles.edge && UsesSpool(config))) return {};
  std::error_code error;
  std::filesystem::create_directories(data_dir, error);
  if (!error) return {};
  return Error{ErrorCode::kUnavailable,
               fmt::format("data folder {} cannot be made: {}", data_dir, error.message())};
}

}  // namespace

// In the order in which they are built; destroyed in reverse. What the roles do not need is null.
struct Service::Parts {
  Roles roles;
  MachineLimits machine;
  AggregatorOptions aggregator_options;
  MaintenanceOptions maintenance_options;
  ArchivePlace archive_place;
  ServiceStorage storage;
  std::unique_ptr<Spool> spool;  // before the log
  std::unique_ptr<RecentRejections> recent_rejections;
  std::unique_ptr<RejectedTopic> rejected_topic;
  std::unique_ptr<RejectedSamples> rejected_samples;
  std::string admin_key;
  std::unique_ptr<TokenSigner> signer;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<LogFreshness> log_freshness;
  std::unique_ptr<AggregatorRole> aggregator;
  std::unique_ptr<Edge> edge;
  std::unique_ptr<Monitoring> monitoring;
  std::unique_ptr<MaintenanceRole> maintenance;  // asks monitoring
  std::unique_ptr<ArchiveReader> archive_reader;
  std::unique_ptr<LinkMaker> link_maker;
  std::unique_ptr<ReportingApi> api;
  std::unique_ptr<http::Server> api_server;
  std::unique_ptr<http::Server> edge_server;
  std::unique_ptr<http::Server> probe_server;  // of a process with neither of them

  // Settles what the config leaves to the machine. Before anything is opened: an error is of the
  // config.
  Result<void> SetUp(const Config& config, const std::string& data_dir);
  void LogSetUp(const Config& config, Logger& logger) const;
  Result<void> Open(const Config& config, const std::string& data_dir, const Clock& clock,
                    Logger& logger);
  Result<void> StartWork(const Config& config, const std::string& data_dir, const Clock& clock,
                         Logger& logger);
  Result<void> StartServers(const Config& config, const std::string& data_dir, Logger& logger);
  http::Probes probes() const;
};

Result<void> Service::Parts::SetUp(const Config& config, const std::string& data_dir) {
  machine = ReadMachineLimits();
  if (roles.maintenance || roles.api) {
    ADTALLY_ASSIGN(archive_place, ArchivePlaceFor(config, data_dir));
  }
  if (roles.maintenance) {
    ADTALLY_ASSIGN(maintenance_options, MaintenanceOptionsFor(config));
  }
  if (!roles.aggregator) return {};
  ADTALLY_ASSIGN(aggregator_options, AggregatorOptionsFor(config, machine));
  return {};
}

// What the machine made of the configuration. Not before it is certain that the start succeeds.
void Service::Parts::LogSetUp(const Config& config, Logger& logger) const {
  if (!roles.aggregator) return;
  const double max_ids = static_cast<double>(aggregator_options.counting.max_ids) *
                         static_cast<double>(config.log_partitions);
  logger.Info(fmt::format(
      "{} threads count and {} deliver {} partitions; deduplication may remember {:.0f} event ids "
      "({:.1f} GB of the {:.1f} GB that this process may use)",
      aggregator_options.counting_threads, aggregator_options.delivery_threads,
      config.log_partitions, max_ids, max_ids * kBytesPerId / 1e9,
      static_cast<double>(machine.memory_bytes) / 1e9));
}

Result<void> Service::Parts::Open(const Config& config, const std::string& data_dir,
                                  const Clock& clock, Logger& logger) {
  ADTALLY_TRY(MakeDataFolder(config, roles, data_dir));
  const int delivering = roles.aggregator ? aggregator_options.delivery_threads : 0;
  ADTALLY_ASSIGN(storage, ServiceStorage::Open(config, roles, data_dir,
                                               delivering + kOtherConnections, clock, logger));
  if (!roles.edge && !roles.api) return {};
  ADTALLY_ASSIGN(admin_key, AdminKey(config, data_dir));
  ADTALLY_ASSIGN(directory, Directory::Load(config, admin_key, *storage.store, clock, logger));
  // An API alone signs links only with keys that the edges have too.
  const bool shares_link_keys = config.links_signing_key != 0 && !config.links_keys.empty();
  if (!roles.edge && !shares_link_keys) return {};
  ADTALLY_ASSIGN(TokenKeys link_keys, LinkKeys(config, data_dir));
  ADTALLY_ASSIGN(signer, TokenSigner::Create(std::move(link_keys)));
  return {};
}

Result<void> Service::Parts::StartWork(const Config& config, const std::string& data_dir,
                                       const Clock& clock, Logger& logger) {
  recent_rejections = std::make_unique<RecentRejections>(clock);
  if (roles.aggregator) {
    ADTALLY_ASSIGN(rejected_topic, RejectedTopic::Open(config, clock, logger));
    rejected_samples = std::make_unique<RejectedSamples>(*recent_rejections, rejected_topic.get());
    aggregator_options.counting.rejected_events = rejected_samples.get();
    ADTALLY_ASSIGN(aggregator,
                   AggregatorRole::Start(config, aggregator_options, data_dir, *storage.log,
                                         *storage.checkpoint_store, clock, logger));
  }
  if ((roles.api || roles.maintenance) && IsShared(config)) {
    log_freshness = std::make_unique<LogFreshness>(*storage.log, *storage.store, clock, logger);
  }
  if (roles.edge) {
    ADTALLY_ASSIGN(spool, OpenSpool(config, data_dir, storage.sink(), clock, logger));
    RecordSink& sink = spool ? static_cast<RecordSink&>(*spool) : storage.sink();
    EdgeOptions options = EdgeOptionsFor(config);
    options.rejections = recent_rejections.get();
    ADTALLY_ASSIGN(edge, Edge::Create(std::move(options), sink, *signer, directory->api_keys(),
                                      directory->landing_pages(), clock, logger));
  }
  if (roles.maintenance) {
    maintenance = std::make_unique<MaintenanceRole>(
        config, maintenance_options, archive_place,
        [this] { return CompleteToMs(monitoring->Read()); }, *storage.store, clock, logger);
  }
  monitoring = std::make_unique<Monitoring>(
      MonitoredParts{.aggregator = aggregator.get(),
                     .log_freshness = log_freshness.get(),
                     .edge = edge ? &edge->stats() : nullptr,
                     .spool = spool.get(),
                     .rejected_topic = rejected_topic ? &rejected_topic->topic() : nullptr,
                     .maintenance = maintenance.get()},
      clock);
  if (maintenance) maintenance->Start();
  return {};
}

http::Probes Service::Parts::probes() const {
  return {[this] { return monitoring->NotReady(); }, [this] { return monitoring->Metrics(); }};
}

Result<void> Service::Parts::StartServers(const Config& config, const std::string& data_dir,
                                          Logger& logger) {
  // First: the links that the API makes start with its address.
  if (roles.edge) {
    http::ServerOptions server;
    server.listen = config.edge_listen;
    server.threads = static_cast<int>(config.edge_threads);
    // Only where there is no API to ask: the edge is open to the world.
    auto handler = roles.api ? edge->handler() : http::WithProbes(edge->handler(), probes());
    ADTALLY_ASSIGN(edge_server, http::Server::Start(server, std::move(handler), logger));
  }
  if (roles.api) {
    ReportingApiOptions options;
    ADTALLY_ASSIGN(options.access, AccessOptionsFor(config, admin_key));
    options.files = {.total = static_cast<int>(config.api_report_files),
                     .per_key = static_cast<int>(config.api_report_files_per_key)};
    options.live.limits = {.total = static_cast<int>(config.api_live_reports),
                           .per_key = static_cast<int>(config.api_live_reports_per_key)};
    options.answer_cache_bytes = static_cast<size_t>(config.api_answer_cache_mib) << 20;
    options.probes = probes();
    options.dashboard = LoadDashboard(config, logger);
    options.maintenance = maintenance.get();
    archive_reader = std::make_unique<ArchiveReader>(archive_place, SystemClock());
    options.archive = archive_reader.get();
    options.storage = StorageSourcesFor(config, data_dir);
    if (roles.edge || roles.aggregator) options.rejections = recent_rejections.get();
    if (signer) {
      link_maker = std::make_unique<LinkMaker>(config.edge_public_url,
                                               edge_server ? edge_server->address() : "", *signer,
                                               SystemClock());
      options.links = link_maker.get();
    }
    api = ReportingApi::Create(std::move(options), *storage.store, directory->time_zones(),
                               directory->catalog(), directory->api_keys(), *monitoring, logger);
    http::ServerOptions server;
    server.listen = config.api_listen;
    ADTALLY_ASSIGN(api_server, http::Server::Start(server, api->handler(), logger));
  }
  if (!roles.api && !roles.edge) {
    http::ServerOptions server;
    server.listen = config.aggregator_listen;
    ADTALLY_ASSIGN(probe_server, http::Server::Start(server, http::ProbesOnly(probes()), logger));
  }
  return {};
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::Start(const Config& config, const Roles& roles,
                                                const std::string& data_dir, const Clock& clock,
                                                Logger& logger) {
  auto parts = std::make_unique<Parts>();
  parts->roles = roles;
  ADTALLY_TRY(parts->SetUp(config, data_dir));
  ADTALLY_TRY(parts->Open(config, data_dir, clock, logger));
  ADTALLY_TRY(parts->StartWork(config, data_dir, clock, logger));
  ADTALLY_TRY(parts->StartServers(config, data_dir, logger));
  parts->LogSetUp(config, logger);
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

std::string Service::Addresses() const {
  std::string text;
  const auto add = [&](std::string_view what, const std::unique_ptr<http::Server>& server) {
    if (!server) return;
    text += fmt::format("{}{} on http://{}", text.empty() ? "" : ", ", what, server->address());
  };
  add("edge", parts_->edge_server);
  add("API and dashboard", parts_->api_server);
  add(parts_->roles.text(), parts_->probe_server);
  return text;
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
  if (parts_->edge_server) parts_->edge_server->Stop();
  if (parts_->maintenance) parts_->maintenance->Stop();
  if (parts_->aggregator) parts_->aggregator->Drain();
  if (parts_->api_server) parts_->api_server->Stop();
  if (parts_->probe_server) parts_->probe_server->Stop();
}

}  // namespace adtally
