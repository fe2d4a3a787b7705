#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/spool_setup.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

class ConfigFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("adtally-config-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Config> Load(std::string_view text, std::vector<const char*> environment = {}) {
    const std::string path = folder_ / "adtally.toml";
    std::ofstream(path) << text;
    environment.push_back(nullptr);
    return LoadConfig(path, environment.data());
  }

  std::string ErrorOf(std::string_view text, std::vector<const char*> environment = {}) {
    const auto config = Load(text, std::move(environment));
    return config.ok() ? "" : config.error().message;
  }

  std::filesystem::path folder_;
};

TEST_F(ConfigFile, SetsWhatItNamesAndKeepsTheRest) {
  const auto config = Load(
      "[edge]\nlisten = \"0.0.0.0:80\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n"
      "[aggregator]\ndedup_window_hours = 12\n[links]\nsigning_key = 2\nkeys = {2 = "
      "\"0123456789abcdef\"}\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->edge_listen, "0.0.0.0:80");
  EXPECT_EQ(config->edge_trusted_proxies, std::vector<std::string>{"10.0.0.0/8"});
  EXPECT_EQ(config->aggregator_dedup_window_hours, 12);
  EXPECT_EQ(config->links_keys.at(2), "0123456789abcdef");
  EXPECT_EQ(config->api_listen, Config().api_listen);
}

TEST_F(ConfigFile, TheEnvironmentWins) {
  const auto config = Load(
      "[log]\npartitions = 2\n",
      {"ADTALLY_LOG_PARTITIONS=8", "ADTALLY_LINKS_KEYS=1=aaaaaaaaaaaaaaaa,2=bbbbbbbbbbbbbbbb"});
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->log_partitions, 8);
  EXPECT_EQ(config->links_keys.size(), 2u);
}

TEST_F(ConfigFile, TheThreeTopicsOfKafkaAreDifferent) {
  const std::string kafka = "[log]\nkind = \"kafka\"\nbrokers = \"b:9092\"\n";
  EXPECT_TRUE(Load(kafka + "rejected_topic = \"\"\nformat = \"json\"\n").ok());
  for (const char* topic : {"adtally.events", "adtally.checkpoints"}) {
    EXPECT_THAT(ErrorOf(kafka + "rejected_topic = \"" + topic + "\"\n"),
                HasSubstr("log.rejected_topic"));
  }
  EXPECT_THAT(ErrorOf(kafka + "format = \"xml\"\n"), HasSubstr("log.format"));
  EXPECT_THAT(ErrorOf("[log]\nformat = \"json\"\n"), HasSubstr("log.format"));
}

TEST_F(ConfigFile, ErrorsNameTheKey) {
  EXPECT_THAT(ErrorOf("[edge]\nlisen = \"x\"\n"), HasSubstr("edge.lisen: unknown key"));
  EXPECT_THAT(ErrorOf("listen = 3\n"), HasSubstr("listen: unknown key"));
  EXPECT_THAT(ErrorOf("[log]\npartitions = \"four\"\n"),
              HasSubstr("log.partitions: expected a whole number"));
  EXPECT_THAT(ErrorOf("[log]\npartitions = 0\n"),
              HasSubstr("log.partitions: expected 1 to 1024, got 0"));
  EXPECT_THAT(ErrorOf("[log]\nkind = \"pulsar\"\n"),
              HasSubstr("log.kind: expected rocksdb or kafka, got \"pulsar\""));
  EXPECT_THAT(ErrorOf("[log]\nretention_hours = 20\n"),
              HasSubstr("log.retention_hours: must be at least"));
  EXPECT_THAT(ErrorOf("[auth]\nadmin_key = \"fifteen letters\"\n"),
              HasSubstr("auth.admin_key: needs at least 16 characters"));
  EXPECT_THAT(ErrorOf("[edge\n"), HasSubstr("adtally.toml:1"));
  EXPECT_THAT(ErrorOf("", {"ADTALLY_LOG_PARTITIONS=many"}), HasSubstr("ADTALLY_LOG_PARTITIONS"));
}

TEST_F(ConfigFile, PartitionKeys) {
  const auto config = Load("[log]\nkey = \"campaign\"\ncampaign_salt = 4\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(PartitionKeyFor(*config).kind, PartitionKey::Kind::kCampaign);
  EXPECT_EQ(PartitionKeyFor(*config).campaign_salt, 4u);
  EXPECT_EQ(PartitionKeyFor(Config()).kind, PartitionKey::Kind::kEventId);
  EXPECT_THAT(ErrorOf("[log]\nkey = \"user\"\n"), HasSubstr("log.key: expected event_id or"));
}

TEST_F(ConfigFile, ALogInKafka) {
  const auto config = Load(
      "[log]\nkind = \"kafka\"\nbrokers = \"k1:9092,k2:9092\"\nreplication = 2\n"
      "[log.kafka]\nsecurity.protocol = \"SASL_SSL\"\n\"sasl.username\" = \"adtally\"\n"
      "socket.timeout.ms = 5000\nsocket.keepalive.enable = false\n",
      {"ADTALLY_LOG_KAFKA=sasl.password=a=b"});
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->log_brokers, "k1:9092,k2:9092");
  EXPECT_EQ(config->log_topic, "adtally.events");
  EXPECT_THAT(config->log_kafka,
              ::testing::UnorderedElementsAre(::testing::Pair("security.protocol", "SASL_SSL"),
                                              ::testing::Pair("sasl.username", "adtally"),
                                              ::testing::Pair("sasl.password", "a=b"),
                                              ::testing::Pair("socket.timeout.ms", "5000"),
                                              ::testing::Pair("socket.keepalive.enable", "false")));
}

TEST_F(ConfigFile, OptionsOfAnotherKindOfLogAreAMistake) {
  EXPECT_THAT(ErrorOf("[log]\nkind = \"kafka\"\n"), HasSubstr("log.brokers: log.kind"));
  EXPECT_THAT(ErrorOf("[log]\nkind = \"kafka\"\nbrokers = \"b:1\"\ntopic = \"t\"\n"
                      "checkpoints_topic = \"t\"\n"),
              HasSubstr("log.checkpoints_topic: must be another one"));
  for (const char* option : {"brokers = \"b:9092\"", "topic = \"t\"", "replication = 1",
                             "checkpoints_topic = \"t\"", "kafka = {\"client.id\" = \"x\"}"}) {
    EXPECT_THAT(ErrorOf(std::string("[log]\n") + option + "\n"),
                HasSubstr("is for log.kind = \"kafka\", but that is \"rocksdb\""));
  }
  for (const char* option : {"spool_after_ms = 100", "spool_max_mb = 100"}) {
    EXPECT_THAT(ErrorOf(std::string("[edge]\n") + option + "\n"),
                HasSubstr("is for log.kind = \"kafka\", but that is \"rocksdb\""));
  }
  const std::string error = ErrorOf("", {"ADTALLY_LOG_KAFKA=sasl.password"});
  EXPECT_THAT(error, HasSubstr("expected NAME=value"));
}

TEST_F(ConfigFile, TruthsAreTrueOrFalse) {
  EXPECT_TRUE(Load("[aggregator]\nstandby = true\n")->aggregator_standby);
  EXPECT_TRUE(Load("", {"ADTALLY_AGGREGATOR_STANDBY=true"})->aggregator_standby);
  EXPECT_THAT(ErrorOf("[aggregator]\nstandby = 1\n"),
              HasSubstr("aggregator.standby: expected true or false"));
  EXPECT_THAT(ErrorOf("", {"ADTALLY_AGGREGATOR_STANDBY=yes"}),
              HasSubstr("expected true or false, got \"yes\""));
}

TEST_F(ConfigFile, AMissingFileIsAnError) {
  const char* none[] = {nullptr};
  EXPECT_FALSE(LoadConfig(folder_ / "nowhere.toml", none).ok());
}

TEST_F(ConfigFile, TheDescriptionIsAConfigOfTheDefaults) {
  const auto config = Load(DescribeConfig());
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->log_partitions, Config().log_partitions);
}

}  // namespace
}  // namespace adtally
