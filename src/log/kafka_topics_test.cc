#include "log/kafka_topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/kafka_client.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class KafkaTopics : public ::testing::Test {
 protected:
  KafkaTopicFacts AsMade(KafkaTopicRole role) const {
    KafkaTopicFacts facts{options_.partitions, KafkaTopicSettings(options_, role)};
    facts.settings["max.message.bytes"] = "1048588";
    return facts;
  }
  std::string ErrorOf(KafkaTopicRole role, const std::string& setting, const std::string& value) {
    KafkaTopicFacts facts = AsMade(role);
    facts.settings[setting] = value;
    const auto checked = CheckKafkaTopic(options_, role, facts);
    return checked.ok() ? "" : checked.error().message;
  }

  KafkaLogOptions options_;
};

TEST_F(KafkaTopics, AreGoodAsTheyAreMade) {
  for (const auto role : {KafkaTopicRole::kEvents, KafkaTopicRole::kCheckpoints}) {
    EXPECT_TRUE(CheckKafkaTopic(options_, role, AsMade(role)).ok());
  }
  EXPECT_EQ(KafkaTopicSettings(options_, KafkaTopicRole::kEvents)["min.insync.replicas"], "2");
  options_.replication = 1;
  EXPECT_EQ(KafkaTopicSettings(options_, KafkaTopicRole::kEvents)["min.insync.replicas"], "1");
}

TEST_F(KafkaTopics, OfRejectedEventsNoMoreIsKeptThanADiskBears) {
  const auto settings = KafkaTopicSettings(options_, KafkaTopicRole::kRejected);
  EXPECT_EQ(settings.at("retention.bytes"), "1073741824");
  EXPECT_LT(std::stoll(settings.at("segment.bytes")), 1073741824 / 4)
      << "whole segments are dropped";
  EXPECT_EQ(settings.count("min.insync.replicas"), 0u);
}

TEST_F(KafkaTopics, SayWhatToChange) {
  constexpr auto kEvents = KafkaTopicRole::kEvents;
  constexpr auto kCheckpoints = KafkaTopicRole::kCheckpoints;
  const struct {
    KafkaTopicRole role;
    const char* setting;
    const char* value;
    const char* error;  // a part of it; empty: none
  } kCases[] = {
      {kEvents, "retention.ms", "-1", ""},
      {kEvents, "retention.ms", "97200000", ""},
      {kEvents, "retention.ms", "97199999", "retention.ms is 97199999"},
      {kEvents, "message.timestamp.type", "CreateTime", "message.timestamp.type is CreateTime"},
      {kEvents, "cleanup.policy", "compact", "cleanup.policy is compact"},
      {kEvents, "retention.bytes", "1000", "retention.bytes is 1000"},
      {kEvents, "unclean.leader.election.enable", "true", "unclean.leader.election.enable is true"},
      {kEvents, "min.insync.replicas", "1", "set it to 2"},
      {kEvents, "max.message.bytes", "1000", "max.message.bytes must be"},
      {kCheckpoints, "retention.ms", "97200000", "adtally.checkpoints: retention.ms is 97200000"},
      {kCheckpoints, "cleanup.policy", "compact,delete", "cleanup.policy is compact,delete"},
      {kCheckpoints, "segment.bytes", "1073741824", ""},
  };
  for (const auto& c : kCases) {
    const std::string error = ErrorOf(c.role, c.setting, c.value);
    if (*c.error == '\0') {
      EXPECT_EQ(error, "") << c.setting;
    } else {
      EXPECT_THAT(error, HasSubstr(c.error));
    }
  }
  KafkaTopicFacts other = AsMade(kEvents);
  other.partitions = 6;
  EXPECT_THAT(CheckKafkaTopic(options_, kEvents, other).error().message,
              HasSubstr("it has 6 partitions, but log.partitions is 4"));
}

TEST(KafkaSettingsCheck, NeverTellsAValue) {
  EXPECT_TRUE(CheckKafkaSettings({{"security.protocol", "SASL_SSL"},
                                  {"sasl.mechanism", "SCRAM-SHA-512"},
                                  {"sasl.username", "adtally"},
                                  {"sasl.password", "hunter2"}})
                  .ok());
  for (const char* name : {"acks", "enable.idempotence", "group.id", "bootstrap.servers"}) {
    const auto checked = CheckKafkaSettings({{name, "hunter2"}});
    ASSERT_FALSE(checked.ok());
    EXPECT_THAT(checked.error().message, HasSubstr("is chosen by adtally"));
  }
  for (const char* name : {"no.such.setting", "security.protocol", "socket.timeout.ms"}) {
    const auto checked = CheckKafkaSettings({{name, "hunter2"}});
    ASSERT_FALSE(checked.ok());
    EXPECT_THAT(checked.error().message, HasSubstr(name));
    EXPECT_THAT(checked.error().message, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace adtally
