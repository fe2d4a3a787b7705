#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "app/command_support.h"
#include "app/config.h"
#include "app/secrets.h"
#include "app/stop_signal.h"
#include "http/server.h"
#include "ops/console_logger.h"
#include "store/chdb_store.h"
#include "store/migrations.h"
#include "storeserver/store_api.h"

namespace adtally {
namespace {

constexpr size_t kWaitingPerQuery = 8;
constexpr size_t kMaxHeadBytes = 1 << 20;  // a statement may stand in the URL
constexpr int kMaxConnections = 1000;
constexpr int kIoThreads = 2;

struct StoreOptions {
  std::string config_path;
  std::string data_dir = "adtally-data";
};

Result<std::vector<StoreUser>> Users(const Config& config, const std::string& data_dir) {
  std::vector<StoreUser> users;
  const auto add = [&](const std::vector<std::string>& texts, std::string_view option,
                       bool read_only) -> Result<void> {
    for (const std::string& text : texts) {
      auto user = ParseStoreUser(text, read_only);
      if (!user.ok()) return std::move(user).error().WithContext(option);
      users.push_back(*std::move(user));
    }
    return {};
  };
  ADTALLY_TRY(add(config.store_server_users, "store_server.users", false));
  if (users.empty()) {
    ADTALLY_ASSIGN(std::string password, StoreServerPassword(data_dir));
    users.push_back({Config().store_user, std::move(password), false});
  }
  ADTALLY_TRY(add(config.store_server_readers, "store_server.readers", true));
  return users;
}

Result<void> ServeStore(const StoreOptions& options, const char* const* environment) {
  ADTALLY_ASSIGN(const Config config, LoadConfig(options.config_path, environment));
  const StopSignal stop;
  const auto logger = MakeConsoleLogger(LogLevel::kInfo);
  std::error_code error;
  std::filesystem::create_directories(options.data_dir, error);
  if (error) {
    return Error{ErrorCode::kUnavailable, fmt::format("data folder {} cannot be made: {}",
                                                      options.data_dir, error.message())};
  }
  ChdbStoreOptions engine_options;
  engine_options.path = options.data_dir + "/store";
  engine_options.max_memory_bytes = static_cast<size_t>(config.store_max_memory_mb) << 20;
  engine_options.connections = static_cast<int>(config.store_server_max_queries);
  engine_options.max_result_bytes = static_cast<size_t>(config.store_server_max_result_mb) << 20;
  engine_options.hide_files = true;
  ADTALLY_ASSIGN(const auto engine, ChdbStore::Open(engine_options, *logger));
  ADTALLY_TRY(Migrate(*engine));

  StoreApiOptions api_options;
  ADTALLY_ASSIGN(api_options.users, Users(config, options.data_dir));
  api_options.workers = static_cast<int>(config.store_server_max_queries);
  api_options.max_waiting = static_cast<size_t>(config.store_server_max_queries) * kWaitingPerQuery;
  ADTALLY_ASSIGN(const auto api, StoreApi::Create(std::move(api_options), *engine, SystemClock()));

  http::ServerOptions server_options;
  server_options.listen = config.store_server_listen;
  server_options.threads = kIoThreads;
  server_options.max_header_bytes = kMaxHeadBytes;
  server_options.max_body_bytes = static_cast<size_t>(config.store_server_max_body_mb) << 20;
  server_options.max_connections = kMaxConnections;
  ADTALLY_ASSIGN(const auto server, http::Server::Start(server_options, api->handler(), *logger));
  logger->Info(fmt::format("ClickHouse's HTTP interface on http://{}", server->address()));
  stop.Wait();
  logger->Info("stopping: answering what was asked");
  server->Stop();
  logger->Info("stopped");
  return {};
}

}  // namespace

void AddStoreCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<StoreOptions>();
  CLI::App* command =
      app.add_subcommand("store", "Serve the tables to other processes, as a ClickHouse over HTTP");
  command->add_option("--config", options->config_path,
                      "TOML file; `adtally config` prints every option");
  command->add_option("--data", options->data_dir, "folder that the tables live in")
      ->capture_default_str();
  command->callback([options, &context] {
    const auto served = ServeStore(*options, context.environment);
    if (!served.ok()) context.exit_code = Fail(served.error());
  });
}

}  // namespace adtally
