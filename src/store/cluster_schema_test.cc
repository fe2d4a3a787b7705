#include "store/cluster_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "store/migrations.h"

namespace adtally {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> Schema() {
  auto statements = ClusterSchemaStatements("ads");
  EXPECT_TRUE(statements.ok()) << statements.error().message;
  return *std::move(statements);
}

std::string Creating(const std::string& table) {
  for (const std::string& statement : Schema()) {
    if (statement.starts_with("CREATE TABLE IF NOT EXISTS adtally." + table + " ")) {
      return statement;
    }
  }
  ADD_FAILURE() << "nothing makes " << table;
  return "";
}

TEST(ClusterSchemaTest, WhatIsCountedIsReplicatedWithinItsShard) {
  const std::string local = Creating("minute_local");
  EXPECT_THAT(local, HasSubstr("adtally.minute_local ON CLUSTER 'ads'\n("));
  EXPECT_THAT(local, HasSubstr("ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/"
                               "{database}/minute/{shard}', '{replica}')\nPARTITION BY"));
  EXPECT_THAT(local, HasSubstr("SETTINGS replicated_deduplication_window = 100000, "
                               "replicated_deduplication_window_seconds = 604800,"));
  EXPECT_THAT(local, Not(HasSubstr("non_replicated_deduplication_window")));
  EXPECT_EQ(Creating("minute"),
            "CREATE TABLE IF NOT EXISTS adtally.minute ON CLUSTER 'ads' AS adtally.minute_local "
            "ENGINE = Distributed('ads', adtally, minute_local)");
  EXPECT_THAT(Creating("progress_local"),
              HasSubstr("ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/progress/"
                        "{shard}', '{replica}', end_offset)"));
}

TEST(ClusterSchemaTest, TheCatalogIsReplicatedToAllHosts) {
  EXPECT_THAT(Creating("campaigns"),
              HasSubstr("ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/"
                        "campaigns', '{shard}-{replica}', updated_ms)"));
  EXPECT_THAT(Creating("log"),
              HasSubstr("ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{database}/"
                        "log', '{shard}-{replica}')\nORDER BY log_id"));
}

// Whoever adds a table decides here where it is kept: a table of counted rows that is not kept by
// shard would send them all to every host.
TEST(ClusterSchemaTest, EveryTableHasItsPlace) {
  std::set<std::string> by_shard, everywhere;
  for (const std::string& statement : Schema()) {
    const std::string create = "CREATE TABLE IF NOT EXISTS adtally.";
    EXPECT_THAT(statement, HasSubstr(" ON CLUSTER 'ads'"));
    if (!statement.starts_with(create)) continue;
    const std::string name =
        statement.substr(create.size(), statement.find(' ', create.size()) - create.size());
    if (name.ends_with("_local")) {
      by_shard.insert(name.substr(0, name.size() - 6));
    } else if (!KeptByShard(name)) {
      everywhere.insert(name);
    }
  }
  EXPECT_THAT(by_shard, ElementsAre("click_conversion", "day", "hour", "ledger", "minute",
                                    "progress", "reach", "reach_quarter"));
  EXPECT_THAT(everywhere, ElementsAre("ad_groups", "advertisers", "api_keys", "archive_files",
                                      "campaigns", "creatives", "day_accounts", "log",
                                      "schema_migrations", "tier_floor", "tier_status"));
}

TEST(ClusterSchemaTest, SettingsAreChangedWhereTheRowsAre) {
  const auto altered =
      ClusterStatements("ALTER TABLE adtally.minute MODIFY SETTING\n a = 1", "it's");
  ASSERT_TRUE(altered.ok());
  EXPECT_THAT(*altered, ElementsAre("ALTER TABLE adtally.minute_local ON CLUSTER 'it\\'s' MODIFY "
                                    "SETTING\n a = 1"));
}

TEST(ClusterSchemaTest, ColumnsAreAddedWhereTheRowsAreAndInFront) {
  const std::string change = " ON CLUSTER 'ads' ADD COLUMN IF NOT EXISTS x UInt8 AFTER y";
  const auto by_shard =
      ClusterStatements("ALTER TABLE adtally.day ADD COLUMN IF NOT EXISTS x UInt8 AFTER y", "ads");
  ASSERT_TRUE(by_shard.ok());
  EXPECT_THAT(*by_shard, ElementsAre("ALTER TABLE adtally.day_local" + change,
                                     "ALTER TABLE adtally.day" + change));
  const auto everywhere =
      ClusterStatements("ALTER TABLE adtally.log ADD COLUMN IF NOT EXISTS x UInt8 AFTER y", "ads");
  ASSERT_TRUE(everywhere.ok());
  EXPECT_THAT(*everywhere, ElementsAre("ALTER TABLE adtally.log" + change));
}

TEST(ClusterSchemaTest, AnUnknownKindIsRefused) {
  for (const char* statement :
       {"ALTER TABLE adtally.minute ADD COLUMN x UInt8", "DROP TABLE adtally.minute",
        "CREATE TABLE IF NOT EXISTS adtally.t (x UInt8) ENGINE = Memory", ""}) {
    EXPECT_FALSE(ClusterStatements(statement, "ads").ok()) << statement;
  }
}

TEST(OnShardTest, NamesLocalTablesOnce) {
  const auto statement = OnShard("SELECT a FROM adtally.minute, adtally.log, adtally.minute");
  EXPECT_EQ(statement.sql, "SELECT a FROM adtally.minute_local, adtally.log, adtally.minute_local");
  EXPECT_THAT(statement.tables, ElementsAre("adtally.minute_local", "adtally.log"));
  EXPECT_EQ(OnShard("adtally.ledger (x)").sql, "adtally.ledger_local (x)");
  EXPECT_EQ(OnShard("SELECT 1").sql, "SELECT 1");
}

}  // namespace
}  // namespace adtally
