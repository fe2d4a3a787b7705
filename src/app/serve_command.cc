#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <thread>

#include "app/command_support.h"
#include "app/config.h"
#include "app/roles.h"
#include "app/service.h"
#include "app/stop_signal.h"
#include "generator/demo_traffic.h"
#include "ops/console_logger.h"

namespace adtally {
namespace {

struct ServeOptions {
  std::string config_path;
  std::string data_dir = "adtally-data";
  std::string roles{kAllRoles};
  double events_per_second = 30;  // demo only
};

std::jthread StartTraffic(const Service& service, const ServeOptions& options, Logger& logger) {
  DemoTrafficOptions traffic;
  traffic.edge_origin = "http://" + service.edge_address();
  traffic.api_origin = "http://" + service.api_address();
  traffic.admin_key = service.admin_key();
  traffic.events_per_second = options.events_per_second;
  return std::jthread([traffic, &logger](std::stop_token stop) {
    auto ended = RunDemoTraffic(traffic, stop, SystemClock(), logger);
    if (!ended.ok()) logger.Error("demo traffic: " + ended.error().message);
  });
}

Result<void> Serve(const ServeOptions& options, const char* const* environment, bool demo) {
  ADTALLY_ASSIGN(const Roles roles, ParseRoles(options.roles));
  ADTALLY_ASSIGN(const Config config, LoadConfig(options.config_path, environment));
  ADTALLY_TRY(CheckRoles(roles, config));
  const StopSignal stop;
  const auto logger = MakeConsoleLogger(LogLevel::kInfo);
  ADTALLY_ASSIGN(const auto service,
                 Service::Start(config, roles, options.data_dir, SystemClock(), *logger));
  logger->Info(service->Addresses());
  {
    std::optional<std::jthread> traffic;
    if (demo) {
      traffic = StartTraffic(*service, options, *logger);
      fmt::print(
          "\n  Dashboard  http://{0}/#key={1}\n  Edge       http://{2}\n  Key        {1}\n\n  "
          "Ctrl-C stops it.\n\n",
          service->api_address(), service->admin_key(), service->edge_address());
      std::fflush(stdout);
    }
    stop.Wait();
    logger->Info("stopping: delivering what was taken");
  }
  service->Drain();
  logger->Info("stopped");
  return {};
}

CLI::App* AddServing(CLI::App& app, CommandContext& context, const std::string& name,
                     const std::string& help, const std::shared_ptr<ServeOptions>& options,
                     bool demo) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("--config", options->config_path,
                      "TOML file; `adtally config` prints every option");
  command->add_option("--data", options->data_dir, "folder that everything lives in")
      ->capture_default_str();
  command->callback([options, demo, &context] {
    const auto served = Serve(*options, context.environment, demo);
    if (!served.ok()) context.exit_code = Fail(served.error());
  });
  return command;
}

}  // namespace

void AddServeCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<ServeOptions>();
  AddServing(app, context, "serve", "Run the edge, the aggregator and the API", options, false)
      ->add_option("--roles", options->roles,
                   "what this process does, with commas; less than all where processes share the "
                   "work, with log.kind = kafka and store.kind = clickhouse")
      ->capture_default_str();
}

void AddDemoCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<ServeOptions>();
  AddServing(app, context, "demo", "serve, with a sample catalog and live traffic", options, true)
      ->add_option("--rate", options->events_per_second,
                   "events per second of the live traffic, on average")
      ->check(CLI::Range(0.1, 1000.0))
      ->capture_default_str();
}

}  // namespace adtally
