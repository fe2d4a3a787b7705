// The whole way of an event through Kafka: fetch, decode, deduplicate, fold, checkpoint, and insert
// into the embedded ClickHouse, with the parts that `adtally serve` is made of. The topic is filled
// first; the time runs from the aggregator's start until a query shows every event. The broker runs
// on the same cores: bench/kafka_to_rows.py starts it and this program.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "bench/measure.h"
#include "bench/rows_run.h"
#include "log/kafka_log.h"
#include "log/random_uuid.h"
#include "ops/console_logger.h"
#include "testing/temporary_folder.h"

namespace adtally::bench {
namespace {

struct Options {
  RowsOptions rows;
  std::string brokers;
  std::vector<int> broker_pids;
};

double BrokerCpuSeconds(const Options& options) {
  double seconds = 0;
  for (const int pid : options.broker_pids) seconds += ProcessCpuSeconds(pid);
  return seconds;
}

Result<void> Run(const Options& options) {
  RunOnCores(options.rows.cores);
  const TemporaryFolder temporary;
  const std::string folder = options.rows.folder.empty() ? temporary.path() : options.rows.folder;
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  KafkaLogOptions log_options;
  log_options.brokers = options.brokers;
  log_options.topic = "bench-" + RandomUuid();
  log_options.checkpoints_topic = log_options.topic + "-checkpoints";
  log_options.partitions = options.rows.partitions;
  log_options.replication = 1;
  ADTALLY_ASSIGN(const auto log, KafkaLog::Open(log_options, SystemClock(), *logger));
  ADTALLY_ASSIGN(const RowsResult result, FillAndCount(options.rows, *log, folder, *logger,
                                                       [&] { return BrokerCpuSeconds(options); }));
  const auto events = static_cast<double>(options.rows.events);
  ResultLine line("kafka_to_rows");
  line.Text("format", options.rows.encoding == Encoding::kNdjson ? "json" : "protobuf");
  line.Count("record_events", options.rows.record_events);
  ReportRows(options.rows, result, line);
  line.Number("broker_cpu_s", result.other_cpu_s);
  line.Number("broker_cpu_ns_per_event", result.other_cpu_s * 1e9 / events);
  line.Print();
  return {};
}

int Main(int argc, char** argv) {
  Options options;
  std::string format = "protobuf";
  bool tiny = false;
  CLI::App app("From Kafka to visible rows, in one process. JSON lines on standard output.");
  AddRowsOptions(options.rows, app);
  app.add_option("--brokers", options.brokers, "host:port,host:port")->required();
  app.add_option("--broker-pid", options.broker_pids, "processes whose CPU time is told apart");
  app.add_option("--format", format, "")->check(CLI::IsMember({"protobuf", "json"}));
  app.add_flag("--tiny", tiny, "a moment's work, to see that it runs");
  CLI11_PARSE(app, argc, argv);
  if (format == "json") options.rows.encoding = Encoding::kNdjson;
  if (tiny) MakeTiny(options.rows);
  const auto result = Run(options);
  if (!result.ok()) fmt::print(stderr, "{}\n", result.error().message);
  return result.ok() ? 0 : 1;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
