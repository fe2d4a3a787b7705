// Events in, rows out. events.ndjson holds events with the time at which the log takes each;
// rows.csv holds the minute rows that they sum to, made by a program of its own. The rows must come
// out however the run is cut up.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "aggregator/aggregator.h"
#include "base/hash.h"
#include "event/json_codec.h"
#include "event/protobuf_codec.h"
#include "testing/manual_clock.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_id_cache.h"
#include "testing/memory_log.h"

namespace adtally {
namespace {

std::string ReadFile(const std::string& name) {
  std::ifstream file(std::string(ADTALLY_GOLDEN_DIR) + "/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The rows as in rows.csv, sorted by minute and the columns that follow.
std::string ToCsv(const std::map<MinuteKey, Measures>& rows) {
  std::map<std::pair<Minute, MinuteKey>, Measures> by_minute;
  for (const auto& [key, measures] : rows) by_minute[{key.minute, key}] = measures;
  std::string csv =
      "minute,advertiser_id,campaign_id,ad_group_id,creative_id,device,country,region,impressions,"
      "clicks,conversions,duplicate_impressions,duplicate_clicks,duplicate_conversions,"
      "spend_micros,conversion_value_micros\n";
  for (const auto& [key, m] : by_minute) {
    const Dimensions& d = key.second.dimensions;
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", key.first.value,
                       d.advertiser_id, d.campaign_id, d.ad_group_id, d.creative_id,
                       DeviceName(d.device), d.country.view(), d.region.view(), m.impressions,
                       m.clicks, m.conversions, m.duplicate_impressions, m.duplicate_clicks,
                       m.duplicate_conversions, m.spend_micros, m.conversion_value_micros);
  }
  return csv;
}

class Golden : public ::testing::TestWithParam<uint32_t> {
 protected:
  Golden() {
    options_.counting.max_ids = 1000;
    options_.checkpoint_interval_ms = 0;
  }

  // Appends one line of the file at its append time.
  void Append(const std::string& line) {
    JsonEventDecoder decoder;
    std::vector<EventLog::Append> appends(1);
    ASSERT_TRUE(decoder.Open(line).ok());
    Event event;
    EventField bad_field;
    ASSERT_TRUE(decoder.Next(event, bad_field));
    ASSERT_EQ(bad_field, EventField::kNone) << decoder.error().message;
    appends[0].partition = Partition(PartitionOf(HashBytes(event.event_id), GetParam()));
    AppendToBatch(event, appends[0].payload);
    clock_.Set(std::stoll(line.substr(line.find(':') + 1)));
    log_.AppendAsync(std::move(appends), [](const Result<void>& done) { ASSERT_TRUE(done.ok()); });
  }

  std::unique_ptr<Aggregator> Start() {
    return std::make_unique<Aggregator>(options_, "events", log_, store_, cache_, clock_,
                                        NullLogger());
  }

  std::vector<std::string> Lines() {
    std::istringstream events(ReadFile("events.ndjson"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(events, line);) lines.push_back(line);
    return lines;
  }

  ManualClock clock_{0};
  MemoryLog log_{GetParam(), clock_};
  MemoryCheckpointStore store_;
  MemoryIdCache cache_;
  AggregatorOptions options_;
};

TEST_P(Golden, Straight) {
  const auto aggregator = Start();
  for (const std::string& line : Lines()) Append(line);
  aggregator->Drain();
  EXPECT_EQ(ToCsv(store_.Sums()), ReadFile("rows.csv"));
}

TEST_P(Golden, StoppedAndRestoredInTheMiddle) {
  auto aggregator = Start();
  int appended = 0;
  for (const std::string& line : Lines()) {
    Append(line);
    if (++appended % 97 == 0) {
      aggregator.reset();
      if (appended % 2 == 0) cache_.LoseAll();
      aggregator = Start();
    }
  }
  aggregator->Drain();
  EXPECT_EQ(ToCsv(store_.Sums()), ReadFile("rows.csv"));
}

INSTANTIATE_TEST_SUITE_P(Partitions, Golden, ::testing::Values(1u, 3u, 8u));

}  // namespace
}  // namespace adtally
