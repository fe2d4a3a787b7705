#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "app/command_support.h"
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

}  // namespace

void AddGenerateCommand(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<GeneratorOptions>();
  CLI::App* command =
      app.add_subcommand("generate", "Send reproducible traffic and write its right totals");
  command->add_option("--to", options->to, "http://HOST:PORT of an edge, or a file")->required();
  command->add_option("--key", options->key, "API key of role ingest or admin");
  command->add_option("--events", options->events, "unique events")->capture_default_str();
  command->add_option("--rate", options->rate, "unique events per second; 0: as fast as possible")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "same seed, same events")->capture_default_str();
  command->add_option("--duplicates", options->duplicates, "share sent a second time")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--late", options->late, "share with an event time 2 minutes to 3 hours back")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--zipf", options->zipf, "exponent of the popularity of campaigns")
      ->check(CLI::Range(0.0, 5.0))
      ->capture_default_str();
  command->add_option("--campaigns", options->campaigns, "number of campaigns")
      ->capture_default_str();
  command->add_option("--users", options->users, "people who see the ads; 0: no user_id in events")
      ->capture_default_str();
  command->add_option("--start", options->start_ms,
                      "event time of the first event, ms since the epoch");
  command->add_option("--clients", options->clients, "connections, a thread each")
      ->capture_default_str();
  command->add_option("--batch", options->batch, "most events per request")->capture_default_str();
  command->add_option("--truth", options->truth_path, "file to write the right totals to");
  command->add_option("--format", options->format, "json or protobuf")
      ->transform(CLI::CheckedTransformer(std::map<std::string, GeneratorFormat>{
          {"json", GeneratorFormat::kJson}, {"protobuf", GeneratorFormat::kProtobuf}}))
      ->default_str("json");
  command->callback([options, &context] {
    const auto generated = RunGenerate(*options);
    if (!generated.ok()) context.exit_code = Fail(generated.error());
  });
}

}  // namespace adtally
