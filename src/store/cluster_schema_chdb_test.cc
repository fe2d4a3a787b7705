// The statements for a cluster, read by the real engine's parser. Empty in builds without it.
#ifdef ADTALLY_WITH_CHDB

#include <gtest/gtest.h>

#include "store/chdb_store.h"
#include "store/clickhouse_store.h"
#include "store/migrations.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

TEST(ClusterSchemaChdbTest, EveryStatementIsOfTheEnginesGrammar) {
  TemporaryFolder folder;
  auto store = ChdbStore::Open({.path = folder.path() + "/store"}, NullLogger());
  ASSERT_TRUE(store.ok()) << store.error().message;
  auto statements = ClusterSchemaStatements("the 'cluster'");
  ASSERT_TRUE(statements.ok());
  statements->push_back("SYSTEM SYNC REPLICA adtally.minute_local LIGHTWEIGHT");
  for (const std::string& statement : *statements) {
    for (const char* database : {"adtally", "my ads"}) {
      const auto tree =
          (*store)->Query("EXPLAIN AST " + InDatabase(statement, database), {}, "TSV");
      EXPECT_TRUE(tree.ok()) << statement << "\n" << tree.error().message;
    }
  }
  EXPECT_FALSE((*store)->Query("EXPLAIN AST CREATE TABLE t ON CLUSTER", {}, "TSV").ok());
}

}  // namespace
}  // namespace adtally

#endif
