#include "generator/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "testing/temporary_folder.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kStart = 1'790'000'000'000;

class GeneratorTest : public ::testing::Test {
 protected:
  GeneratorOptions Options(const std::string& file) const {
    GeneratorOptions options;
    options.to = folder / file;
    options.events = 5000;
    options.campaigns = 100;
    options.duplicates = 0.1;
    options.start_ms = kStart;
    return options;
  }
  std::string Read(const std::string& file) const {
    std::ifstream in(folder / file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  TemporaryFolder temporary;
  const std::filesystem::path folder = temporary.path();
};

TEST_F(GeneratorTest, FilesOfTheSameOptionsAreTheSame) {
  ASSERT_TRUE(Generate(Options("a"), SystemClock(), NullLogger()).ok());
  ASSERT_TRUE(Generate(Options("b"), SystemClock(), NullLogger()).ok());
  GeneratorOptions other = Options("c");
  other.seed = 2;
  ASSERT_TRUE(Generate(other, SystemClock(), NullLogger()).ok());
  EXPECT_EQ(Read("a"), Read("b"));
  EXPECT_NE(Read("a"), Read("c"));
}

TEST_F(GeneratorTest, TruthFileAgreesWithTheLines) {
  GeneratorOptions options = Options("events");
  options.truth_path = folder / "truth";
  const auto summary = Generate(options, SystemClock(), NullLogger());
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->events, 5000u);
  EXPECT_FALSE(summary->stopped);

  simdjson::dom::parser parser;
  std::set<std::string> seen;
  std::map<uint64_t, int64_t> spend_by_campaign;
  int64_t spend = 0, clicks = 0, lines = 0;
  std::istringstream in(Read("events"));
  for (std::string line; std::getline(in, line); ++lines) {
    const simdjson::dom::element e = parser.parse(line);
    if (!seen.insert(std::string(e["event_id"].get_string().value())).second) continue;
    spend += e["cost_micros"].get_int64();
    spend_by_campaign[e["campaign_id"].get_uint64()] += e["cost_micros"].get_int64();
    if (e["type"].get_string().value() == "click") ++clicks;
  }
  EXPECT_EQ(seen.size(), 5000u);
  EXPECT_EQ(static_cast<uint64_t>(lines), summary->events + summary->duplicates);

  const simdjson::dom::element truth = parser.load((folder / "truth").string());
  EXPECT_EQ(truth["events"].get_uint64().value(), 5000u);
  EXPECT_EQ(truth["duplicates"].get_uint64().value(), summary->duplicates);
  EXPECT_TRUE(truth["complete"].get_bool().value());
  EXPECT_EQ(truth["totals"].at(1).get_int64().value(), clicks);
  EXPECT_EQ(truth["totals"].at(3).get_int64().value(), spend);
  EXPECT_EQ(truth["campaigns"].get_array().size(), spend_by_campaign.size());
  for (auto row : truth["campaigns"].get_array()) {
    EXPECT_EQ(row.at(5).get_int64().value(), spend_by_campaign[row.at(1).get_uint64()]);
  }
  int64_t minutes_spend = 0;
  for (auto row : truth["minutes"].get_array()) {
    minutes_spend += row.at(11).get_int64();
    const int64_t minute_ms = row.at(0).get_int64().value() * 60'000;
    EXPECT_GE(minute_ms, truth["from_ms"].get_int64().value());
    EXPECT_LT(minute_ms, truth["to_ms"].get_int64().value());
  }
  EXPECT_EQ(minutes_spend, spend);
}

TEST_F(GeneratorTest, WithoutAStartEachRunSendsNewEvents) {
  GeneratorOptions options = Options("a");
  options.start_ms.reset();
  ASSERT_TRUE(Generate(options, SystemClock(), NullLogger()).ok());
  const std::string first = Read("a").substr(0, 60);
  ASSERT_TRUE(Generate(options, SystemClock(), NullLogger()).ok());
  EXPECT_NE(first, Read("a").substr(0, 60));
}

TEST_F(GeneratorTest, PacesItself) {
  GeneratorOptions options = Options("a");
  options.events = 400;
  options.rate = 1000;
  const auto summary = Generate(options, SystemClock(), NullLogger());
  ASSERT_TRUE(summary.ok());
  EXPECT_GE(summary->seconds, 0.29);
  EXPECT_LE(summary->seconds, 5);
}

TEST_F(GeneratorTest, AStoppedRunKeepsTheTruthOfWhatWasAcknowledged) {
  GeneratorOptions options = Options("a");
  options.truth_path = folder / "truth";
  std::stop_source stop;
  options.stop = stop.get_token();
  stop.request_stop();
  const auto summary = Generate(options, SystemClock(), NullLogger());
  ASSERT_TRUE(summary.ok());
  EXPECT_TRUE(summary->stopped);
  EXPECT_THAT(Read("truth"), HasSubstr("\"complete\":false"));
  EXPECT_THAT(Read("truth"), HasSubstr("\"events\":0"));
}

TEST_F(GeneratorTest, SaysWhatIsWrong) {
  const auto message = [&](auto change) {
    GeneratorOptions options = Options("a");
    change(options);
    const auto result = Generate(options, SystemClock(), NullLogger());
    return result.ok() ? "accepted" : result.error().message;
  };
  EXPECT_THAT(message([](auto& o) { o.to = ""; }), HasSubstr("--to"));
  EXPECT_THAT(message([](auto& o) { o.to = "kafka://b:9092"; }), HasSubstr("http://HOST:PORT"));
  EXPECT_THAT(message([](auto& o) { o.to = "http://h:1/v1/events"; }), HasSubstr("has a path"));
  EXPECT_THAT(message([](auto& o) { o.to = "/no/such/folder/x"; }), HasSubstr("/no/such/folder"));
  EXPECT_THAT(message([](auto& o) { o.events = 0; }), HasSubstr("--events"));
  EXPECT_THAT(message([](auto& o) { o.duplicates = 2; }), HasSubstr("--duplicates"));
  EXPECT_THAT(message([](auto& o) { o.late = -1; }), HasSubstr("--late"));
  EXPECT_THAT(message([](auto& o) { o.campaigns = 0; }), HasSubstr("--campaigns"));
  EXPECT_THAT(message([](auto& o) { o.campaigns_per_advertiser = 0; }),
              HasSubstr("--campaigns-per-advertiser"));
  EXPECT_THAT(message([](auto& o) { o.batch = 0; }), HasSubstr("--batch"));
  EXPECT_THAT(message([](auto& o) { o.start_ms = 5; }), HasSubstr("--start"));
  EXPECT_THAT(message([&](auto& o) { o.truth_path = "/no/such/folder/t"; }), HasSubstr("truth"));
}

}  // namespace
}  // namespace adtally
