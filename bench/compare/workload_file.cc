// Writes the events of a benchmark workload to files, for programs that are compared with adtally:
// FOLDER/chunk-0000.ndjson and so on, the same as .protobuf (one EventBatch a file, after its
// length, as ClickHouse's ProtobufList wants it), and truth.tsv, what each query must find:
// impressions, clicks, conversions, spend, value, checksum, and the number of (minute, dimensions).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <unordered_set>

#include "base/check.h"
#include "base/hash.h"
#include "bench/workload.h"

namespace adtally::bench {
namespace {

struct Options {
  std::string folder;
  uint64_t chunks = 4;
  uint64_t chunk_events = 1'000'000;
  WorkloadOptions workload;
};

std::string Varint(size_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  return bytes + static_cast<char>(value);
}

void WriteFile(const std::filesystem::path& path, std::string_view head, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(head.data(), static_cast<std::streamsize>(head.size()));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  ADTALLY_CHECK(file.good(), "cannot write " + path.string());
}

uint64_t RowOf(const Event& event) {
  const Dimensions& d = event.dimensions;
  return HashBytes(fmt::format("{} {} {} {} {} {} {} {}", event.time.value / kMillisPerMinute,
                               d.advertiser_id, d.campaign_id, d.ad_group_id, d.creative_id,
                               static_cast<int>(d.device), d.country.view(), d.region.view()))
      .low;
}

void WriteChunk(const Options& options, const Workload& workload, uint64_t chunk, Encoding encoding,
                Truth& truth) {
  Records records;
  Encode(workload, chunk * options.chunk_events, options.chunk_events, options.chunk_events,
         encoding, records, truth);
  const bool json = encoding == Encoding::kNdjson;
  WriteFile(std::filesystem::path(options.folder) /
                fmt::format("chunk-{:04}.{}", chunk, json ? "ndjson" : "protobuf"),
            json ? "" : Varint(records.bytes.size()), records.bytes);
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Writes the events of a benchmark workload to files.");
  app.add_option("folder", options.folder, "made when it is missing")->required();
  app.add_option("--chunks", options.chunks, "files")->capture_default_str();
  app.add_option("--chunk-events", options.chunk_events, "in a file")->capture_default_str();
  app.add_option("--events-per-row", options.workload.events_per_row, "within a file")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--zipf", options.workload.zipf, "skew of campaigns")->capture_default_str();
  app.add_option("--seed", options.workload.seed, "")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.workload.events_per_checkpoint = options.chunk_events;

  std::filesystem::create_directories(options.folder);
  const Workload workload(options.workload);
  Truth truth, same;
  for (uint64_t chunk = 0; chunk < options.chunks; ++chunk) {
    WriteChunk(options, workload, chunk, Encoding::kNdjson, truth);
    WriteChunk(options, workload, chunk, Encoding::kProtobuf, same);
  }
  std::unordered_set<uint64_t> rows;
  WorkloadId id;
  for (uint64_t n = 0; n < options.chunks * options.chunk_events; ++n) {
    rows.insert(RowOf(workload.At(n, id)));
  }
  WriteFile(std::filesystem::path(options.folder) / "truth.tsv", "",
            fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", truth.impressions, truth.clicks,
                        truth.conversions, truth.spend_micros, truth.value_micros, truth.checksum,
                        rows.size()));
  return 0;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
