// The whole way of an event: RocksDB log, decode, deduplicate, fold, checkpoint, and insert into
// the embedded ClickHouse, with the parts that `adtally serve` is made of. The log is filled first;
// the time runs from the aggregator's start until a query shows every event.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "bench/measure.h"
#include "bench/rows_run.h"
#include "log/rocksdb_log.h"
#include "ops/console_logger.h"
#include "testing/temporary_folder.h"

namespace adtally::bench {
namespace {

Result<void> Run(const RowsOptions& options) {
  RunOnCores(options.cores);
  const TemporaryFolder temporary;
  const std::string folder = options.folder.empty() ? temporary.path() : options.folder;
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  RocksDbLogOptions log_options;
  log_options.path = folder + "/log";
  log_options.partitions = options.partitions;
  ADTALLY_ASSIGN(const auto log, RocksDbLog::Open(log_options, SystemClock(), *logger));
  ADTALLY_ASSIGN(const RowsResult result,
                 FillAndCount(options, *log, folder, *logger, [] { return 0.0; }));
  ResultLine line("log_to_rows");
  ReportRows(options, result, line);
  line.Print();
  return {};
}

int Main(int argc, char** argv) {
  RowsOptions options;
  bool tiny = false;
  CLI::App app("From the log to visible rows, in one process. JSON lines on standard output.");
  AddRowsOptions(options, app);
  app.add_flag("--tiny", tiny, "a moment's work, to see that it runs");
  CLI11_PARSE(app, argc, argv);
  if (tiny) MakeTiny(options);
  const auto result = Run(options);
  if (!result.ok()) fmt::print(stderr, "{}\n", result.error().message);
  return result.ok() ? 0 : 1;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
