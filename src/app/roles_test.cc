#include "app/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally {
namespace {

using ::testing::HasSubstr;

Config Shared() {
  Config config;
  config.log_kind = "kafka";
  config.log_brokers = "b:9092";
  config.store_kind = "clickhouse";
  config.auth_admin_key = "key";
  config.links_keys = {{1, "0123456789abcdef"}};
  config.links_signing_key = 1;
  return config;
}

std::string ErrorOf(std::string_view roles, const Config& config) {
  const auto parsed = ParseRoles(roles);
  EXPECT_TRUE(parsed.ok());
  const auto checked = CheckRoles(*parsed, config);
  return checked.ok() ? "" : checked.error().message;
}

TEST(RolesTest, AreAListOfKnownNames) {
  const auto roles = ParseRoles("api,edge");
  ASSERT_TRUE(roles.ok());
  EXPECT_TRUE(roles->edge && roles->api && !roles->aggregator && !roles->maintenance);
  EXPECT_EQ(roles->text(), "edge,api");
  EXPECT_TRUE(ParseRoles(kAllRoles)->all());
  for (const char* wrong : {"", "edge,", "edge, api", "storage", "Edge"}) {
    const auto parsed = ParseRoles(wrong);
    ASSERT_FALSE(parsed.ok()) << wrong;
    EXPECT_THAT(parsed.error().message, HasSubstr("--roles: expected some of edge,aggregator"));
  }
}

TEST(RolesTest, LessThanAllNeedALogAndAStoreForAllProcesses) {
  for (const char* roles : {"edge", "aggregator", "api", "maintenance", "edge,aggregator,api"}) {
    EXPECT_EQ(ErrorOf(roles, Shared()), "");
    EXPECT_THAT(ErrorOf(roles, Config()), HasSubstr("needs log.kind = \"kafka\""));
    Config config = Shared();
    config.store_kind = "chdb";
    EXPECT_THAT(ErrorOf(roles, config), HasSubstr("needs store.kind = \"clickhouse\""));
  }
  EXPECT_EQ(ErrorOf(kAllRoles, Config()), "");
}

TEST(RolesTest, KeysThatSeveralProcessesNeedAreConfigured) {
  Config config = Shared();
  config.auth_admin_key.clear();
  EXPECT_THAT(ErrorOf("edge", config), HasSubstr("needs auth.admin_key"));
  EXPECT_THAT(ErrorOf("api", config), HasSubstr("needs auth.admin_key"));
  EXPECT_EQ(ErrorOf("aggregator", config), "");
  config = Shared();
  config.links_signing_key = 0;
  EXPECT_THAT(ErrorOf("edge", config), HasSubstr("links.keys and links.signing_key"));
  EXPECT_EQ(ErrorOf("api", config), "");
}

TEST(RolesTest, AStandbyNeedsAGroup) {
  Config config = Shared();
  config.aggregator_standby = true;
  EXPECT_EQ(ErrorOf(kAllRoles, config), "");
  config.store_kind = "chdb";
  EXPECT_THAT(ErrorOf(kAllRoles, config), HasSubstr("aggregator.standby needs store.kind"));
}

}  // namespace
}  // namespace adtally
