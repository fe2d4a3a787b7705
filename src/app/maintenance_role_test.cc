#include "app/maintenance_role.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(MaintenanceOptionsFor, TakesTheConfig) {
  Config config;
  config.retention_minute_days = 3;
  config.retention_day_days = 800;
  config.maintenance_rollup_delay_s = 5;
  const auto options = MaintenanceOptionsFor(config);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(3, options->retention.minute_days);
  EXPECT_EQ(800, options->retention.day_days);
  EXPECT_EQ(5000, options->rollup_delay_ms);
  EXPECT_FALSE(options->alone);
}

TEST(MaintenanceOptionsFor, ACoarserTimeIsKeptAtLeastAsLong) {
  Config config;
  config.retention_minute_days = 91;
  auto refused = MaintenanceOptionsFor(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(ErrorCode::kInvalidArgument, refused.error().code);
  EXPECT_NE(std::string::npos, refused.error().message.find("retention.hour_days"));
  config.retention_hour_days = 800;
  refused = MaintenanceOptionsFor(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(std::string::npos, refused.error().message.find("retention.day_days"));
}

TEST(WhyNoMaintenance, OnlyAClusterHasNone) {
  Config config;
  EXPECT_EQ("", WhyNoMaintenance(config));
  config.store_cluster = "ads";
  EXPECT_EQ("", WhyNoMaintenance(config)) << "store.cluster means nothing to the embedded store";
  config.store_kind = "clickhouse";
  EXPECT_NE(std::string::npos, WhyNoMaintenance(config).find("store.cluster"));
}

}  // namespace
}  // namespace adtally
