#include "store/shard_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally {
namespace {

using testing::ElementsAre;

// Notes what it is asked, as "name: statement", and fails while it is down.
class Replica final : public Store {
 public:
  Replica(std::string name, std::vector<std::string>& notes)
      : name_(std::move(name)), notes_(notes) {}
  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>&,
                            std::string_view) override {
    notes_.push_back(name_ + ": " + std::string(sql));
    if (error) return *error;
    return "answer of " + name_;
  }
  Result<void> Insert(std::string_view into, std::string_view, std::string_view token) override {
    notes_.push_back(name_ + ": " + std::string(into) + " " + std::string(token));
    if (error) return *error;
    return {};
  }
  std::optional<Error> error;

 private:
  const std::string name_;
  std::vector<std::string>& notes_;
};

class ShardStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::unique_ptr<Store>> replicas;
    for (const char* name : {"a", "b"}) {
      auto replica = std::make_unique<Replica>(name, notes_);
      (replicas_.empty() ? a_ : b_) = replica.get();
      replicas_.push_back(replica.get());
      replicas.push_back(std::move(replica));
    }
    shard_ = std::make_unique<ShardStore>(std::move(replicas));
  }

  const Error down_{ErrorCode::kUnavailable, "down"};
  std::vector<std::string> notes_;
  std::vector<Replica*> replicas_;
  Replica* a_ = nullptr;
  Replica* b_ = nullptr;
  std::unique_ptr<ShardStore> shard_;
};

TEST_F(ShardStoreTest, AReplicaCatchesUpBeforeItIsAsked) {
  EXPECT_EQ(*shard_->Query("SELECT x FROM adtally.minute", {}, "TSV"), "answer of a");
  EXPECT_THAT(notes_, ElementsAre("a: SYSTEM SYNC REPLICA adtally.minute_local LIGHTWEIGHT",
                                  "a: SELECT x FROM adtally.minute_local"));
}

TEST_F(ShardStoreTest, AQueryGoesToTheNextReplicaAndStaysThere) {
  a_->error = down_;
  EXPECT_EQ(*shard_->Query("SELECT 1", {}, "TSV"), "answer of b");
  a_->error.reset();
  notes_.clear();
  EXPECT_EQ(*shard_->Query("SELECT 2", {}, "TSV"), "answer of b");
  EXPECT_TRUE(shard_->Insert("adtally.ledger (x)", "", "t").ok());
  EXPECT_THAT(notes_, ElementsAre("b: SELECT 2", "b: adtally.ledger_local (x) t"));
}

TEST_F(ShardStoreTest, AFailedInsertIsTheCallersToRepeat) {
  a_->error = down_;
  EXPECT_EQ(shard_->Insert("adtally.minute (x)", "", "t").error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(notes_, ElementsAre("a: adtally.minute_local (x) t"));
  EXPECT_TRUE(shard_->Insert("adtally.minute (x)", "", "t").ok());
  EXPECT_EQ(notes_.back(), "b: adtally.minute_local (x) t");
}

TEST_F(ShardStoreTest, AWrongStatementIsNotTriedElsewhere) {
  a_->error = Error{ErrorCode::kInvalidArgument, "wrong"};
  EXPECT_FALSE(shard_->Query("SELECT", {}, "TSV").ok());
  EXPECT_FALSE(shard_->Insert("adtally.minute (x)", "", "t").ok());
  EXPECT_THAT(notes_, ElementsAre("a: SELECT", "a: adtally.minute_local (x) t"));
}

TEST_F(ShardStoreTest, WithoutAnyReplicaItIsUnavailable) {
  a_->error = b_->error = down_;
  EXPECT_EQ(shard_->Query("SELECT 1", {}, "TSV").error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(notes_, ElementsAre("a: SELECT 1", "b: SELECT 1"));
}

}  // namespace
}  // namespace adtally
