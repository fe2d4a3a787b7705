// Upgrades of a store of the real engine.
#include <gtest/gtest.h>

#include <string>

#include "store/chdb_test_support.h"
#include "store/migrations.h"

namespace adtally {
namespace {

std::string Columns() {
  return ChdbTestStore::Get()
      .Query(
          "SELECT table, position, name, type, default_expression FROM system.columns WHERE "
          "database = 'adtally' ORDER BY table, position",
          {}, "TSV")
      .value();
}

// A host that joins a cluster makes its tables by the same statements as a new store, and must find
// them as the older hosts have them.
TEST(MigrationsChdbTest, AnUpgradedStoreHasTheTablesOfANewOne) {
  const std::string fresh = Columns();
  for (const std::string table : {"minute", "hour", "day"}) {
    for (const std::string events : {"impressions", "clicks", "conversions"}) {
      ChdbTestStore::Run("ALTER TABLE adtally." + table + " DROP COLUMN duplicate_" + events);
    }
  }
  ChdbTestStore::Run(
      "INSERT INTO adtally.minute (minute, advertiser_id, clicks) VALUES "
      "('2030-01-01 00:00:00', 1, 5)");
  ASSERT_NE(Columns(), fresh);
  for (int again = 0; again < 2; ++again) {
    ChdbTestStore::Run(
        "ALTER TABLE adtally.schema_migrations DELETE WHERE number = 10 SETTINGS "
        "mutations_sync = 2");
    const auto migrated = Migrate(ChdbTestStore::Get());
    ASSERT_TRUE(migrated.ok()) << migrated.error().message;
    EXPECT_EQ(Columns(), fresh);
  }
  EXPECT_EQ(ChdbTestStore::Get()
                .Query("SELECT clicks, duplicate_clicks FROM adtally.minute", {}, "TSV")
                .value(),
            "5\t0\n");
}

}  // namespace
}  // namespace adtally
