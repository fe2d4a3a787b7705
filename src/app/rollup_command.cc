#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "aggregator/progress_table.h"
#include "app/api_client.h"
#include "app/command_support.h"
#include "app/config.h"
#include "app/maintenance_role.h"
#include "app/store_setup.h"
#include "base/rfc3339.h"
#include "ops/console_logger.h"

namespace adtally {
namespace {

constexpr int kConnections = 2;
// One pass does all that is due; the next finds what came meanwhile. A store that is written to is
// never done.
constexpr int kMaxPasses = 10;
constexpr int kCallTimeoutMs = 3'600'000;

constexpr char kHelp[] =
    "Roll up now what is due, and drop what is too old: what a running adtally does by itself "
    "every "
    "maintenance.interval_s. One that has the store open is asked to do it, with the key in "
    "DATA/admin.key. Otherwise the store is opened here, without its log: what was counted last "
    "then "
    "tells how far events are complete, so that the hour of the last event stays as it is until "
    "more "
    "come";

struct RollupOptions {
  std::string config_path;
  std::string data_dir = "adtally-data";
};

using Pass = std::function<Result<MaintenanceSummary>()>;

// Passes until one finds nothing to do.
Result<MaintenanceSummary> RunPasses(const Pass& run) {
  MaintenanceSummary total;
  for (int i = 0; i < kMaxPasses; ++i) {
    ADTALLY_ASSIGN(MaintenanceSummary summary, run());
    const bool more = summary.did_something() && summary.problems.empty();
    total.Add(std::move(summary));
    if (!more) break;
  }
  return total;
}

Result<MaintenanceSummary> ParseSummary(const std::string& json) {
  MaintenanceSummary summary;
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  bool ok = parser.parse(json).get(document) == simdjson::SUCCESS;
  for (const MaintenanceSummary::Counter& counter : MaintenanceSummary::counters()) {
    ok = ok && document[counter.name].get(counter.value(summary)) == simdjson::SUCCESS;
  }
  simdjson::dom::array problems;
  ok = ok && document["problems"].get(problems) == simdjson::SUCCESS;
  if (!ok) {
    return Error{ErrorCode::kUnavailable, "the running adtally is another version: " + json};
  }
  for (const simdjson::dom::element problem : problems) {
    summary.problems.emplace_back(problem.get_c_str().value());
  }
  std::string_view rolled_up_to;
  if (document["rolled_up_to"].get(rolled_up_to) == simdjson::SUCCESS) {
    if (const auto ms = ParseRfc3339(rolled_up_to)) summary.hours.rolled_to_s = *ms / 1000;
  }
  return summary;
}

Result<MaintenanceSummary> AskServer(const Config& config, const RollupOptions& options) {
  ApiTarget target;
  target.origin = "http://" + config.api_listen;
  target.key = config.auth_admin_key;
  target.data_dir = options.data_dir;
  target.timeout_ms = kCallTimeoutMs;
  return RunPasses([&]() -> Result<MaintenanceSummary> {
    ADTALLY_ASSIGN(const std::string json, CallApi(target, "POST", "/v1/maintenance/rollup"));
    return ParseSummary(json);
  });
}

Result<MaintenanceSummary> RunHere(const Config& config, Store& store, Logger& logger) {
  ADTALLY_TRY(MigrateStore(config, store));
  ADTALLY_ASSIGN(MaintenanceOptions maintenance, MaintenanceOptionsFor(config));
  maintenance.alone = config.store_kind == "chdb";
  ADTALLY_ASSIGN(const std::optional<int64_t> complete_to_ms,
                 ReadCompleteTo(store, static_cast<uint32_t>(config.log_partitions)));
  if (!complete_to_ms) {
    logger.Warning(fmt::format(
        "no hours are rolled up: not all of the {} partitions of the log (log.partitions) have "
        "delivered anything yet, so nobody knows without the log how far events are complete",
        config.log_partitions));
  }
  Maintenance passes(
      maintenance, [&] { return complete_to_ms; }, store, SystemClock(), logger);
  return RunPasses([&]() -> Result<MaintenanceSummary> { return passes.RunPass({}); });
}

Result<MaintenanceSummary> RollUp(const RollupOptions& options, const char* const* environment) {
  ADTALLY_ASSIGN(const Config config, LoadConfig(options.config_path, environment));
  if (const std::string refusal = WhyNoMaintenance(config); !refusal.empty()) {
    return Error{ErrorCode::kInvalidArgument, refusal};
  }
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  std::error_code ignored;
  if (config.store_kind == "chdb" &&
      !std::filesystem::exists(options.data_dir + "/store", ignored)) {
    return Error{ErrorCode::kNotFound, fmt::format("there is no store in {}: name the folder with "
                                                   "--data",
                                                   options.data_dir)};
  }
  auto store = OpenStore(config, options.data_dir, kConnections, SystemClock(), *logger);
  if (store.ok()) return RunHere(config, **store, *logger);
  if (store.error().code != ErrorCode::kConflict) return std::move(store).error();
  return AskServer(config, options);
}

}  // namespace

void AddRollupCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<RollupOptions>();
  CLI::App* command = app.add_subcommand("rollup", kHelp);
  command->add_option("--config", options->config_path,
                      "TOML file; `adtally config` prints every option");
  command->add_option("--data", options->data_dir, "folder that everything lives in")
      ->capture_default_str();
  command->callback([options, &context] {
    const auto done = RollUp(*options, context.environment);
    if (!done.ok()) {
      context.exit_code = Fail(done.error());
      return;
    }
    fmt::print("{}", done->text());
    for (const std::string& problem : done->problems) {
      fmt::print(stderr, "adtally: {}\n", problem);
      context.exit_code = kExitFailed;
    }
  });
}

}  // namespace adtally
