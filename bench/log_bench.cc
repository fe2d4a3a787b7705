// What it costs to read the event log, and to append to it.
#include <benchmark/benchmark.h>

#include <future>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/logger.h"
#include "event/event_id.h"
#include "event/protobuf_codec.h"
#include "log/rocksdb_log.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

constexpr int64_t kNowMs = 1'790'000'000'000;
constexpr size_t kReadBytes = 4 << 20;  // what the aggregator asks for
constexpr size_t kRequestBytes = 1 << 20;
constexpr Partition kPartition(0);
constexpr Offset kNoLimit(std::numeric_limits<uint64_t>::max());

// Events as an ad server sends them, in batches: what compression and decoding see is like life.
class Payloads {
 public:
  explicit Payloads(int events_per_record) : events_per_record_(events_per_record) {}

  std::string Next() {
    std::string payload;
    for (int i = 0; i < events_per_record_; ++i) {
      const std::string id = NewUuidV7(kNowMs + number_);
      const uint32_t n = number_++;
      Event event;
      event.event_id = id;
      event.type = n % 20 == 0 ? EventType::kClick : EventType::kImpression;
      event.time = EventTime{kNowMs + n * 7};
      event.dimensions = {n % 100 + 1,
                          n % 997 + 1000,
                          n % 4999 + 10'000,
                          n % 9973 + 100'000,
                          static_cast<Device>(n % 5),
                          {},
                          {}};
      event.dimensions.country = *ParseCountry(n % 2 == 0 ? "US" : "DE");
      event.cost_micros = 1000 + n % 10'007;
      AppendToBatch(event, payload);
    }
    return payload;
  }

  // About kRequestBytes of records.
  std::vector<EventLog::Append> NextRequest() {
    std::vector<EventLog::Append> records;
    for (size_t bytes = 0; bytes < kRequestBytes; bytes += records.back().payload.size()) {
      records.push_back({kPartition, Next()});
    }
    return records;
  }

 private:
  const int events_per_record_;
  uint32_t number_ = 0;
};

std::unique_ptr<EventLog> Open(const RocksDbLogOptions& options) {
  auto opened = RocksDbLog::Open(options, SystemClock(), NullLogger());
  ADTALLY_CHECK(opened.ok(), "the benchmark's log cannot be opened");
  return std::move(opened).value();
}

void AppendAndWait(EventLog& log, std::vector<EventLog::Append> records) {
  std::promise<Result<void>> promise;
  log.AppendAsync(std::move(records), [&](Result<void> result) { promise.set_value(result); });
  ADTALLY_CHECK(promise.get_future().get().ok(), "the benchmark's log takes no records");
}

// The whole partition, in pieces, over and over. Arguments: events a record; whether the records
// are in files (then in the system's page cache) or still in the write buffer.
void ReadLog(benchmark::State& state) {
  const auto events_per_record = static_cast<int>(state.range(0));
  const bool in_files = state.range(1) != 0;
  TemporaryFolder folder;
  RocksDbLogOptions options;
  options.path = folder.path() + "/log";
  options.partitions = 1;
  if (!in_files) options.write_buffer_bytes = options.total_write_buffer_bytes = 256 << 20;
  auto log = Open(options);
  Payloads payloads(events_per_record);
  for (int i = 0; i < 16; ++i) AppendAndWait(*log, payloads.NextRequest());
  if (in_files) {  // opening writes what is in the WAL to files
    log.reset();
    log = Open(options);
  }

  RecordBatch records;
  int64_t records_read = 0;
  int64_t bytes_read = 0;
  for (auto _ : state) {
    for (Offset from(0);; from = records.back().offset + 1) {
      const auto read = log->Read(kPartition, from, kNoLimit, kReadBytes, records);
      ADTALLY_CHECK(read.ok(), "the benchmark's log cannot be read");
      if (records.empty()) break;
      records_read += static_cast<int64_t>(records.size());
      bytes_read += static_cast<int64_t>(records.payload_bytes());
    }
  }
  state.SetItemsProcessed(records_read * events_per_record);
  state.SetBytesProcessed(bytes_read);
  state.counters["records/s"] =
      benchmark::Counter(static_cast<double>(records_read), benchmark::Counter::kIsRate);
}
BENCHMARK(ReadLog)
    ->ArgNames({"events_a_record", "in_files"})
    ->ArgsProduct({{1000, 1}, {1, 0}})
    ->Unit(benchmark::kMillisecond);

// One small read at the log's end, as a reader that keeps up does after each commit.
void ReadLastRecord(benchmark::State& state) {
  TemporaryFolder folder;
  RocksDbLogOptions options;
  options.path = folder.path() + "/log";
  options.partitions = 1;
  auto log = Open(options);
  Payloads payloads(static_cast<int>(state.range(0)));
  for (int i = 0; i < 4; ++i) AppendAndWait(*log, payloads.NextRequest());
  const Offset last = *log->EndOffset(kPartition) - 1;
  RecordBatch records;
  for (auto _ : state) {
    const auto read = log->Read(kPartition, last, kNoLimit, kReadBytes, records);
    ADTALLY_CHECK(read.ok() && records.size() == 1, "the benchmark's log cannot be read");
  }
}
BENCHMARK(ReadLastRecord)->ArgName("events_a_record")->Arg(1000)->Arg(1);

// Requests of about a megabyte, each fsynced before the next. CPU time is the whole process's.
void AppendSynced(benchmark::State& state) {
  const auto events_per_record = static_cast<int>(state.range(0));
  TemporaryFolder folder;
  RocksDbLogOptions options;
  options.path = folder.path() + "/log";
  options.partitions = 1;
  auto log = Open(options);
  Payloads payloads(events_per_record);
  const std::vector<EventLog::Append> request = payloads.NextRequest();
  for (auto _ : state) AppendAndWait(*log, request);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(request.size()) *
                          events_per_record);
}
BENCHMARK(AppendSynced)
    ->ArgName("events_a_record")
    ->Arg(1000)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace adtally
