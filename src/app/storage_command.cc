#include <fmt/format.h>
#include <simdjson.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "app/api_client.h"
#include "app/command_support.h"
#include "app/config.h"
#include "app/store_setup.h"
#include "base/clock.h"
#include "ops/console_logger.h"
#include "reporting/storage.h"

namespace adtally {
namespace {

using simdjson::dom::element;

constexpr int kConnections = 2;
constexpr int kCallTimeoutMs = 600'000;

struct StorageOptions {
  std::string config_path;
  std::string data_dir = "adtally-data";
  bool json = false;
};

Result<std::string> AskServer(const Config& config, const StorageOptions& options) {
  ApiTarget target;
  target.origin = "http://" + config.api_listen;
  target.key = config.auth_admin_key;
  target.data_dir = options.data_dir;
  target.timeout_ms = kCallTimeoutMs;
  return CallApi(target, "GET", "/v1/storage");
}

// The JSON of GET /v1/storage, whoever has the store open.
Result<std::string> Measure(const StorageOptions& options, const char* const* environment) {
  ADTALLY_ASSIGN(const Config config, LoadConfig(options.config_path, environment));
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  std::error_code ignored;
  if (config.store_kind == "chdb" &&
      !std::filesystem::exists(options.data_dir + "/store", ignored)) {
    return Error{
        ErrorCode::kNotFound,
        fmt::format("there is no store in {}: name the folder with --data", options.data_dir)};
  }
  auto store = OpenStore(config, options.data_dir, kConnections, SystemClock(), *logger);
  if (!store.ok() && store.error().code == ErrorCode::kConflict) return AskServer(config, options);
  if (!store.ok()) return store.error();
  ADTALLY_TRY(MigrateStore(config, **store));
  return RunStorage(**store, StorageSourcesFor(config, options.data_dir));
}

// 1,234,567
std::string Grouped(double number) {
  std::string text = fmt::format("{:.0f}", number);
  for (int64_t at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

double Number(const element& value) {
  double number = 0;
  return value.get(number) == simdjson::SUCCESS ? number : 0;
}

std::string Text(const element& value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// "0.35 % of …", or why it is not known.
std::string Share(const element& share) {
  if (share.is_null()) return "unknown";
  return fmt::format("{:.2f} %", 100 * Number(share));
}

std::string Table(const element& storage) {
  std::string text =
      fmt::format("{:<10}{:>18}{:>18}{:>10}{:>14}\n", "", "rows", "bytes", "files", "bytes a row");
  for (const element tier : storage["kept"].get_array()) {
    text += fmt::format("{:<10}{:>18}{:>18}{:>10}{:>14.2f}\n", Text(tier["name"]),
                        Grouped(Number(tier["rows"])), Grouped(Number(tier["bytes"])),
                        Grouped(Number(tier["files"])), Number(tier["bytes_per_row"]));
  }
  if (!storage["log_bytes"].is_null()) {
    text += fmt::format("{:<10}{:>36}\n", "log", Grouped(Number(storage["log_bytes"])));
  }
  return text;
}

std::string Reductions(const element& storage) {
  const element minutes = storage["as_minutes"].value();
  return fmt::format(
      "\n{} events: {:.3f} bytes each in store and archive, {} of their {:.0f} bytes of JSON\n"
      "as minutes throughout: {} rows by hour x {:.2f} rows by minute for each x {:.2f} bytes = {} "
      "bytes\nthe store has {} bytes without the archive, {} of that\n",
      Grouped(Number(storage["events"])), Number(storage["bytes_per_event"]),
      Share(storage["of_json"]), Number(storage["json_bytes_per_event"]),
      Grouped(Number(minutes["hour_rows"])), Number(minutes["minute_rows_per_hour_row"]),
      Number(minutes["bytes_per_minute_row"]), Grouped(Number(minutes["bytes"])),
      Grouped(Number(storage["store_bytes"])), Share(storage["store_of_minutes"]));
}

Result<void> PrintStorage(const StorageOptions& options, const char* const* environment) {
  ADTALLY_ASSIGN(const std::string json, Measure(options, environment));
  if (options.json) {
    fmt::print("{}\n", json);
    return {};
  }
  simdjson::dom::parser parser;
  element storage;
  if (parser.parse(json).get(storage) != simdjson::SUCCESS || !storage["kept"].is_array() ||
      !storage["as_minutes"].is_object()) {
    return Error{ErrorCode::kUnavailable, "the running adtally is another version: " + json};
  }
  fmt::print("{}{}", Table(storage), Reductions(storage));
  return {};
}

}  // namespace

void AddStorageCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<StorageOptions>();
  CLI::App* command = app.add_subcommand(
      "storage",
      "Show rows and bytes by tier, and what that is of raw JSON and of keeping minutes "
      "throughout. "
      "A running adtally that has the store open is asked, with the key in DATA/admin.key");
  command->add_option("--config", options->config_path,
                      "TOML file; `adtally config` prints every option");
  command->add_option("--data", options->data_dir, "folder that everything lives in")
      ->capture_default_str();
  command->add_flag("--json", options->json, "as GET /v1/storage answers");
  command->callback([options, &context] {
    const auto printed = PrintStorage(*options, context.environment);
    if (!printed.ok()) context.exit_code = Fail(printed.error());
  });
}

}  // namespace adtally
