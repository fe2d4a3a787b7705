#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/logger.h"
#include "base/result.h"
#include "bench/workload.h"
#include "log/event_log.h"

namespace CLI {
class App;
}

// What the benchmarks of the whole way of an event share: a log is filled, then an aggregator
// counts it into the embedded ClickHouse, until a query shows every event.
namespace adtally::bench {

struct RowsOptions {
  uint64_t events = 20'000'000;
  double events_per_row = 3;
  double zipf = 0;
  size_t cores = 2;
  uint32_t partitions = 4;
  uint64_t checkpoint_events = 0;  // of a partition; 0: most of the rows that one may have
  uint64_t record_events = 1000;
  Encoding encoding = Encoding::kProtobuf;
  // Longer than in life: checkpoints shall end by their size, also on a slow machine.
  int64_t checkpoint_interval_ms = 4000;
  std::string folder;
};

void AddRowsOptions(RowsOptions& options, CLI::App& app);
// A moment's work, to see that it runs.
void MakeTiny(RowsOptions& options);

// What one measurement found.
struct RowsResult {
  uint64_t rows = 0;
  uint64_t blocks = 0;
  double seconds = 0;              // from the aggregator's start until all events are visible
  double cpu_s = 0;                // of this process in them
  double other_cpu_s = 0;          // of what other_cpu counts in them
  double steady_events_per_s = 0;  // between a tenth and nine tenths of the events
  double fill_s = 0;
};

// Fills the log, which is empty, and measures. The store and the ids get into `folder`.
// `other_cpu`: CPU seconds so far of other processes that take part. kInternal when the sums are
// not those of what was appended.
Result<RowsResult> FillAndCount(RowsOptions options, EventLog& log, const std::string& folder,
                                Logger& logger, const std::function<double()>& other_cpu);

class ResultLine;
// Adds what both benchmarks report.
void ReportRows(const RowsOptions& options, const RowsResult& result, ResultLine& line);

}  // namespace adtally::bench
