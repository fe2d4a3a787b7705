#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/chdb_store.h"
#include "store/migrations.h"
#include "testing/temporary_folder.h"

namespace adtally {

// One engine for the whole suite: each start of it leaks threads.
class ChdbEngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    auto store = ChdbStore::Open({.path = folder_->path(), .connections = 3}, NullLogger());
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = std::move(*store);
    const auto migrated = Migrate(*store_);
    ASSERT_TRUE(migrated.ok()) << migrated.error().message;
  }
  static void TearDownTestSuite() {
    store_.reset();
    folder_.reset();
  }

  static std::string Ask(std::string_view sql, const std::vector<SqlParam>& params = {}) {
    auto result = store_->Query(sql, params, "TSV");
    return result.ok() ? *std::move(result) : "error: " + result.error().message;
  }

  static SqlOutcome Execute(std::string sql, std::vector<SqlParam> settings = {}) {
    SqlRequest request;
    request.sql = std::move(sql);
    request.format = "TSV";
    request.settings = std::move(settings);
    return store_->Execute(request);
  }

  static inline std::unique_ptr<TemporaryFolder> folder_;
  static inline std::unique_ptr<SqlEngine> store_;
};

}  // namespace adtally
