#include "store/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally {
namespace {

using testing::ElementsAre;

// Remembers statements, answers the question for applied migrations and fails where it is told to.
class ScriptedStore final : public Store {
 public:
  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view) override {
    if (sql == fails) return Error{ErrorCode::kUnavailable, "disk full"};
    if (sql.starts_with("SELECT")) return applied;
    if (sql.starts_with("INSERT")) {
      applied += params[0].value + "\n";
    } else if (!sql.starts_with("CREATE")) {
      statements.emplace_back(sql);
    }
    return std::string();
  }
  Result<void> Insert(std::string_view, std::string_view, std::string_view) override { return {}; }

  std::string applied;
  std::string fails;
  std::vector<std::string> statements;
};

constexpr Migration kTwo[] = {{1, "0001_one", "a; b"}, {2, "0002_two", "c;"}};

TEST(SplitStatementsTest, LeavesQuotesAndDropsComments) {
  EXPECT_THAT(SplitStatements("-- it's a comment; really\n A 'x;--\\'y' ; \n\nB `;`\n;\n-- end"),
              ElementsAre("A 'x;--\\'y'", "B `;`"));
  EXPECT_THAT(SplitStatements(""), ElementsAre());
}

TEST(MigrationsTest, AppliesEachOnceInOrder) {
  ScriptedStore store;
  ASSERT_TRUE(Migrate(store, kTwo).ok());
  ASSERT_TRUE(Migrate(store, kTwo).ok());
  EXPECT_THAT(store.statements, ElementsAre("a", "b", "c"));
  EXPECT_EQ(store.applied, "1\n2\n");
}

TEST(MigrationsTest, GoesOnWhereItFailed) {
  ScriptedStore store;
  store.fails = "b";
  const auto failed = Migrate(store, kTwo);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "schema migration 0001_one: disk full");
  store.fails.clear();
  ASSERT_TRUE(Migrate(store, kTwo).ok());
  EXPECT_THAT(store.statements, ElementsAre("a", "a", "b", "c"));
}

TEST(MigrationsTest, RefusesANewerDatabase) {
  ScriptedStore store;
  store.applied = "1\n2\n3\n";
  const auto result = Migrate(store, kTwo);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(store.statements.empty());
}

TEST(MigrationsTest, TheSchemaIsNumberedWithoutGaps) {
  uint32_t expected = 1;
  for (const Migration& migration : SchemaMigrations()) {
    EXPECT_EQ(migration.number, expected++);
    EXPECT_FALSE(SplitStatements(migration.sql).empty()) << migration.name;
  }
  EXPECT_GT(expected, 1U);
}

}  // namespace
}  // namespace adtally
