#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "app/api_client.h"
#include "app/archive_setup.h"
#include "app/command_support.h"
#include "app/config.h"
#include "app/maintenance_role.h"
#include "app/store_setup.h"
#include "maintenance/archive.h"
#include "maintenance/archive_names.h"
#include "maintenance/archive_verify.h"
#include "ops/console_logger.h"

namespace adtally {
namespace {

constexpr int kConnections = 2;
// A file of archive.file_rows rows is written by one request, to a store over HTTP.
constexpr int64_t kStoreTimeoutMs = 3'600'000;

constexpr char kHelp[] =
    "Move months of hours that are older than retention.hour_days into the Parquet files of the "
    "archive, and give up those that are older than retention.day_days: what a running adtally "
    "does "
    "by itself every maintenance.interval_s; says when nothing is due. One that has the store open "
    "is asked to do it, with the key in DATA/admin.key";

struct ArchiveCommandOptions {
  std::string config_path;
  std::string data_dir = "adtally-data";
  bool verify = false;
};

void PrintProgress(const ArchiveProgress& at) {
  fmt::print("{} (month {} of {}): {} of {} rows, {} bytes\n", MonthText(at.month), at.month_number,
             at.months, at.rows, at.month_rows, at.bytes);
  std::fflush(stdout);
}

bool RunPass(const Config& config, const ArchivePlace& place, Store& store, Logger& logger) {
  ArchiveOptions options = ArchiveOptionsFor(config);
  options.alone = config.store_kind == "chdb";
  Archive archive(options, place, store, SystemClock(), logger);
  const ArchiveSummary summary = archive.RunPass({}, PrintProgress);
  fmt::print("{}", summary.text());
  return summary.problems.empty();
}

Result<bool> Verify(const ArchivePlace& place, Store& store) {
  const auto storage = MakeArchiveStorage(place, store);
  ADTALLY_ASSIGN(const ArchiveVerification found,
                 VerifyArchive(store, *storage, [](const std::string& name) {
                   fmt::print("{}\n", name);
                   std::fflush(stdout);
                 }));
  for (const std::string& problem : found.problems) fmt::print("failed: {}\n", problem);
  if (found.etags_renewed > 0) {
    fmt::print("took over the etags of {} copied objects\n", found.etags_renewed);
  }
  fmt::print("{} months, {} files, {} rows, {} bytes: {}\n", found.months, found.files, found.rows,
             found.bytes,
             found.problems.empty() ? "all as they were written"
                                    : fmt::format("{} problems", found.problems.size()));
  return found.problems.empty();
}

// The running process shows its own summary; a problem in it fails the call here.
Result<bool> AskServer(const Config& config, const ArchiveCommandOptions& options) {
  if (options.verify) {
    return Error{ErrorCode::kConflict,
                 "a running adtally has the store open: stop it to verify the archive"};
  }
  ApiTarget target;
  target.origin = "http://" + config.api_listen;
  target.key = config.auth_admin_key;
  target.data_dir = options.data_dir;
  target.timeout_ms = static_cast<int>(kStoreTimeoutMs);
  ADTALLY_ASSIGN(const std::string json, CallApi(target, "POST", "/v1/maintenance/archive"));
  fmt::print("{}\n", json);
  return json.find("\"problems\":[]") != std::string::npos;
}

// True when all went well; what did not was printed.
Result<bool> RunArchive(const ArchiveCommandOptions& options, const char* const* environment) {
  ADTALLY_ASSIGN(Config config, LoadConfig(options.config_path, environment));
  config.store_timeout_ms = std::max(config.store_timeout_ms, kStoreTimeoutMs);
  ADTALLY_ASSIGN(const ArchivePlace place, ArchivePlaceFor(config, options.data_dir));
  if (place.kind == ArchivePlace::Kind::kNone) {
    return Error{ErrorCode::kInvalidArgument,
                 "archive.kind is \"none\": there is no archive, and hours stay in the store"};
  }
  std::error_code ignored;
  if (config.store_kind == "chdb" &&
      !std::filesystem::exists(options.data_dir + "/store", ignored)) {
    return Error{
        ErrorCode::kNotFound,
        fmt::format("there is no store in {}: name the folder with --data", options.data_dir)};
  }
  if (const std::string refusal = WhyNoMaintenance(config); !refusal.empty()) {
    return Error{ErrorCode::kInvalidArgument, refusal};
  }
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  auto opened = OpenStore(config, options.data_dir, kConnections, SystemClock(), *logger);
  if (!opened.ok()) {
    if (opened.error().code == ErrorCode::kConflict) return AskServer(config, options);
    return std::move(opened).error();
  }
  Store& store = **opened;
  ADTALLY_TRY(MigrateStore(config, store));
  if (options.verify) return Verify(place, store);
  return RunPass(config, place, store, *logger);
}

}  // namespace

void AddArchiveCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<ArchiveCommandOptions>();
  CLI::App* command = app.add_subcommand("archive", kHelp);
  command->add_option("--config", options->config_path,
                      "TOML file; `adtally config` prints every option");
  command->add_option("--data", options->data_dir, "folder that everything lives in")
      ->capture_default_str();
  command->add_flag("--verify", options->verify,
                    "only read every file of the archive, and compare it with what was written");
  command->callback([options, &context] {
    const auto done = RunArchive(*options, context.environment);
    if (!done.ok()) {
      context.exit_code = Fail(done.error());
    } else if (!*done) {
      context.exit_code = kExitFailed;
    }
  });
}

}  // namespace adtally
