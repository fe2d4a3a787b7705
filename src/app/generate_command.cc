#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "app/command_support.h"
#include "app/history_command.h"
#include "generator/generator.h"
#include "ops/console_logger.h"

namespace adtally {
namespace {

void ShowProgress(const GeneratorOptions& options, const GeneratorSummary& summary, bool terminal) {
  const double rate =
      summary.seconds > 0 ? static_cast<double>(summary.events) / summary.seconds : 0;
  fmt::print(stderr, "{}{} of {} events, {:.0f}/s, {} duplicates, {} late, {} retries{}",
             terminal ? "\r" : "", summary.events, options.events, rate, summary.duplicates,
             summary.late, summary.retries, terminal ? "   " : "\n");
}

Result<void> RunGenerate(const GeneratorOptions& options) {
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const auto summary =
      Generate(options, SystemClock(), *logger,
               [&](const GeneratorSummary& so_far) { ShowProgress(options, so_far, terminal); });
  if (terminal) fmt::print(stderr, "\n");
  if (!summary.ok()) return summary.error();
  fmt::print("{} events and {} duplicates acknowledged in {:.2f} s, {:.0f} events/s\n",
             summary->events, summary->duplicates, summary->seconds,
             static_cast<double>(summary->events + summary->duplicates) / summary->seconds);
  return {};
}

struct GenerateCommand {
  GeneratorOptions traffic;
  HistoryRun history;
};

// What both kinds have in common is read into the traffic's options.
Result<void> Run(const CLI::App& command, GenerateCommand& options,
                 const char* const* environment) {
  const GeneratorOptions& traffic = options.traffic;
  HistoryRun& history = options.history;
  if (history.length.empty()) return RunGenerate(traffic);
  history.seed = traffic.seed;
  if (command.count("--zipf") > 0) history.zipf = traffic.zipf;
  if (command.count("--campaigns") > 0) history.campaigns = traffic.campaigns;
  history.campaigns_per_advertiser = traffic.campaigns_per_advertiser;
  history.truth_path = traffic.truth_path;
  return RunHistory(history, environment);
}

void AddTrafficOptions(CLI::App& command, GeneratorOptions& options) {
  command.add_option("--to", options.to, "http://HOST:PORT of an edge, or a file");
  command.add_option("--key", options.key, "API key of role ingest or admin");
  command.add_option("--events", options.events, "unique events")->capture_default_str();
  command.add_option("--rate", options.rate, "unique events per second; 0: as fast as possible")
      ->capture_default_str();
  command.add_option("--duplicates", options.duplicates, "share sent a second time")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--late", options.late, "share with an event time 2 minutes to 3 hours back")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--start", options.start_ms,
                     "event time of the first event, ms since the epoch");
  command.add_option("--clients", options.clients, "connections, a thread each")
      ->capture_default_str();
  command.add_option("--batch", options.batch, "most events per request")->capture_default_str();
  command.add_option("--users", options.users, "people who see the ads; 0: no user_id in events")
      ->capture_default_str();
  command.add_option("--format", options.format, "json or protobuf")
      ->transform(CLI::CheckedTransformer(std::map<std::string, GeneratorFormat>{
          {"json", GeneratorFormat::kJson}, {"protobuf", GeneratorFormat::kProtobuf}}))
      ->default_str("json");
}

void AddCommonOptions(CLI::App& command, GeneratorOptions& options) {
  command.add_option("--seed", options.seed, "same seed, same events")->capture_default_str();
  command
      .add_option(
          "--zipf", options.zipf,
          fmt::format("exponent of the popularity of campaigns; of history {}", HistoryRun().zipf))
      ->check(CLI::Range(0.0, 5.0))
      ->capture_default_str();
  command
      .add_option("--campaigns", options.campaigns,
                  fmt::format("number of campaigns; of history {}", HistoryRun().campaigns))
      ->capture_default_str();
  command
      .add_option("--campaigns-per-advertiser", options.campaigns_per_advertiser,
                  "most campaigns of an advertiser")
      ->capture_default_str();
  command.add_option("--truth", options.truth_path, "file to write the right totals to");
}

void AddHistoryOptions(CLI::App& command, HistoryRun& run) {
  CLI::Option* history = command.add_option(
      "--history", run.length,
      "instead of sending events: how much past to write into a new store, like 90d, 6m or 2y");
  history->excludes(command.get_option("--to"));
  command.add_option("--config", run.config_path, "history: TOML file of the server")
      ->needs(history);
  command.add_option("--data", run.data_dir, "history: the server's data folder")
      ->needs(history)
      ->capture_default_str();
  command
      .add_option("--until", run.until_ms,
                  "history: where it ends, ms since the epoch; by default now")
      ->needs(history);
  command.add_option("--scale", run.scale, "history: multiplies the number of events")
      ->needs(history)
      ->capture_default_str();
}

}  // namespace

void AddGenerateCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<GenerateCommand>();
  CLI::App* command = app.add_subcommand(
      "generate",
      "Send reproducible traffic, or write the past of a new store, and write the right totals");
  AddTrafficOptions(*command, options->traffic);
  AddCommonOptions(*command, options->traffic);
  AddHistoryOptions(*command, options->history);
  command->callback([options, command, &context] {
    const auto generated = Run(*command, *options, context.environment);
    if (!generated.ok()) context.exit_code = Fail(generated.error());
  });
}

}  // namespace adtally
