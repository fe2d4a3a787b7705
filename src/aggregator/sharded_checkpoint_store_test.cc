#include "aggregator/sharded_checkpoint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Answers questions about progress and notes which tables rows go to.
class NotingStore final : public Store {
 public:
  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view) override {
    if (sql.starts_with("SELECT DISTINCT log_partition")) return partitions;
    if (!params.empty()) asked.push_back(params[0].value);
    return std::string();
  }
  Result<void> Insert(std::string_view into, std::string_view, std::string_view token) override {
    inserts.push_back(std::string(into.substr(0, into.find(' '))) + " " + std::string(token));
    return {};
  }
  std::string partitions;
  std::vector<std::string> asked;
  std::vector<std::string> inserts;
};

class ShardedCheckpointStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<CheckpointStore>> Open(const std::vector<std::string>& partitions) {
    std::vector<std::unique_ptr<Store>> stores;
    for (const std::string& held : partitions) {
      auto store = std::make_unique<NotingStore>();
      store->partitions = held;
      shards_.push_back(store.get());
      stores.push_back(std::move(store));
    }
    return ShardedCheckpointStore::Open(std::move(stores));
  }

  std::vector<NotingStore*> shards_;
};

TEST_F(ShardedCheckpointStoreTest, EverythingOfAPartitionIsAtOneShard) {
  auto store = Open({"0\n2\n", ""});
  ASSERT_TRUE(store.ok()) << store.error().message;
  std::vector<MinuteRow> rows(1);
  rows[0].key.minute = Minute(5 * 60);
  rows[0].key.dimensions.advertiser_id = 1;
  std::vector<ClickConversionRow> clicks(1);
  clicks[0].key = rows[0].key;
  const std::vector<uint32_t> months = {197001};
  const std::vector<LedgerRow> ledger(1);
  const std::vector<uint32_t> hours = {5};
  for (uint32_t p : {0u, 3u, 4u}) {
    ASSERT_TRUE((*store)->ReadProgress(Partition(p)).ok());
    ASSERT_TRUE((*store)->ReadReceipts(Partition(p), Offset(9), hours).ok());
    ASSERT_TRUE(
        (*store)->InsertMinuteRows(5, rows, Partition(p), Offset(9), std::to_string(p)).ok());
    ASSERT_TRUE((*store)->ReadClickReceipts(Partition(p), Offset(9), months).ok());
    ASSERT_TRUE(
        (*store)
            ->InsertClickConversions(197001, clicks, Partition(p), Offset(9), std::to_string(p))
            .ok());
    ASSERT_TRUE((*store)->InsertLedger(Partition(p), Offset(9), ledger).ok());
    ASSERT_TRUE((*store)->InsertReach(Partition(p), {{{{1, 1, 1}, 1}}, {7}}).ok());
    ASSERT_TRUE((*store)->WriteProgress(Partition(p), {Offset(9), AppendTime(1)}).ok());
  }
  EXPECT_THAT(shards_[0]->asked, ElementsAre("0", "0", "0", "4", "4", "4"));
  EXPECT_THAT(shards_[1]->asked, ElementsAre("3", "3", "3"));
  EXPECT_THAT(shards_[1]->inserts,
              ElementsAre("adtally.minute 3", "adtally.click_conversion 3", "adtally.ledger ",
                          "adtally.reach_quarter ", "adtally.progress "));
  EXPECT_EQ(shards_[0]->inserts.size(), 10u);
  // Keeper keeps a token and its part in one transaction.
  EXPECT_FALSE((*store)->MayKeepTokensWithoutRows());
}

TEST_F(ShardedCheckpointStoreTest, AnotherNumberOfShardsIsRefused) {
  const auto store = Open({"0\n2\n", "1\n", ""});
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kConflict);
  EXPECT_THAT(store.error().message, HasSubstr("partition 2 was counted into shard 1"));
  EXPECT_FALSE(Open({"x"}).ok());
}

}  // namespace
}  // namespace adtally
