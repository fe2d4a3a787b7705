#include "aggregator/sql_checkpoint_store.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

// Answers every query with a given text.
class AnsweringStore final : public Store {
 public:
  Result<std::string> Query(std::string_view, const std::vector<SqlParam>& params,
                            std::string_view) override {
    asked = params;
    return answer;
  }
  Result<void> Insert(std::string_view, std::string_view, std::string_view) override {
    ++inserts;
    return {};
  }
  std::string answer;
  std::vector<SqlParam> asked;
  int inserts = 0;
};

TEST(SqlCheckpointStoreTest, ReadsProgress) {
  AnsweringStore store;
  SqlCheckpointStore checkpoints(store);
  EXPECT_FALSE(checkpoints.ReadProgress(Partition(1))->has_value());
  store.answer = "18446744073709551615\t-5\n";
  const auto progress = checkpoints.ReadProgress(Partition(1));
  ASSERT_TRUE(progress.ok() && progress->has_value());
  EXPECT_EQ((*progress)->end, Offset(18'446'744'073'709'551'615ULL));
  EXPECT_EQ((*progress)->complete_to, AppendTime(-5));
}

TEST(SqlCheckpointStoreTest, ReadsReceipts) {
  AnsweringStore store;
  SqlCheckpointStore checkpoints(store);
  store.answer = "490001\n490003\n";
  const std::vector<uint32_t> hours = {490'001, 490'002, 490'003};
  const auto receipts =
      checkpoints.ReadReceipts(Partition(2), Offset(uint64_t{7} << 32 | 9), hours);
  ASSERT_TRUE(receipts.ok());
  EXPECT_EQ(*receipts, (std::vector<uint32_t>{490'001, 490'003}));
  ASSERT_EQ(store.asked.size(), 4U);
  EXPECT_EQ(store.asked[1].value, "[1764003600,1764007200,1764010800]");
  EXPECT_EQ(store.asked[2].value, "7");
  EXPECT_EQ(store.asked[3].value, "9");
}

TEST(SqlCheckpointStoreTest, ReadsReceiptsOfClicks) {
  AnsweringStore store;
  SqlCheckpointStore checkpoints(store);
  store.answer = "202611\n";
  const std::vector<uint32_t> months = {202601, 202611};
  const auto receipts =
      checkpoints.ReadClickReceipts(Partition(2), Offset(uint64_t{7} << 32 | 9), months);
  ASSERT_TRUE(receipts.ok());
  EXPECT_EQ(*receipts, std::vector<uint32_t>{202611});
  ASSERT_EQ(store.asked.size(), 3U);
  EXPECT_EQ(store.asked[1].value, "[1767225600,1793491200]");
  EXPECT_EQ(store.asked[2].value, "30064771081");
}

TEST(SqlCheckpointStoreTest, GarbageIsAnError) {
  AnsweringStore store;
  SqlCheckpointStore checkpoints(store);
  const std::vector<uint32_t> hours = {1};
  const std::vector<uint32_t> months = {202611};
  for (const char* answer : {"x\n", "1", "1\t", "\n", "-1\n"}) {
    store.answer = answer;
    EXPECT_FALSE(checkpoints.ReadProgress(Partition(0)).ok()) << answer;
    EXPECT_FALSE(checkpoints.ReadReceipts(Partition(0), Offset(0), hours).ok()) << answer;
    EXPECT_FALSE(checkpoints.ReadClickReceipts(Partition(0), Offset(0), months).ok()) << answer;
  }
}

TEST(SqlCheckpointStoreTest, NothingToDoIsNotSent) {
  AnsweringStore store;
  SqlCheckpointStore checkpoints(store);
  EXPECT_TRUE(checkpoints.InsertLedger(Partition(0), Offset(1), {}).ok());
  EXPECT_TRUE(checkpoints.InsertReach(Partition(0), {}).ok());
  EXPECT_TRUE(checkpoints.ReadReceipts(Partition(0), Offset(1), {})->empty());
  EXPECT_TRUE(checkpoints.ReadClickReceipts(Partition(0), Offset(1), {})->empty());
  EXPECT_EQ(store.inserts, 0);
  EXPECT_TRUE(store.asked.empty());
}

}  // namespace
}  // namespace adtally
