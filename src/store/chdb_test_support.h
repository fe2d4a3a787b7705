#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "store/chdb_store.h"
#include "store/migrations.h"
#include "testing/temporary_folder.h"

namespace adtally {

// For tests: the embedded engine with the schema, in a temporary folder. One for the whole program,
// since an engine can be opened once; each test clears the tables that it uses.
class ChdbTestStore final : public testing::Environment {
 public:
  static Store& Get() { return *Instance().store_; }

  static void Clear(std::string_view table) { Run("TRUNCATE TABLE adtally." + std::string(table)); }

  static void Run(std::string_view sql) {
    const auto result = Get().Query(sql, {}, "");
    ASSERT_TRUE(result.ok()) << result.error().message;
  }

  void TearDown() override { store_.reset(); }

 private:
  static ChdbTestStore& Instance() {
    static ChdbTestStore* instance = [] {
      auto* made = new ChdbTestStore();
      testing::AddGlobalTestEnvironment(made);  // owns it
      return made;
    }();
    return *instance;
  }

  ChdbTestStore() {
    auto store = ChdbStore::Open({.path = folder_.path(), .connections = 4}, NullLogger());
    ADTALLY_CHECK(store.ok(), store.error().message);
    store_ = std::move(store).value();
    const auto migrated = Migrate(*store_);
    ADTALLY_CHECK(migrated.ok(), migrated.error().message);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

}  // namespace adtally
