#include "aggregator/delivery.h"

#include <gtest/gtest.h>

#include "testing/memory_checkpoint_store.h"
#include "testing/memory_id_cache.h"

namespace adtally {
namespace {

using InsertFailure = MemoryCheckpointStore::InsertFailure;

constexpr ReachKey kFirst{1'988'888, 1, 1};
constexpr ReachKey kSecond{1'988'889, 1, 1};

// Two hours of rows: one block each.
Checkpoint TwoHours() {
  Checkpoint checkpoint;
  checkpoint.partition = Partition(3);
  checkpoint.begin = Offset(10);
  checkpoint.end = Offset(20);
  checkpoint.last_append_time = AppendTime(1'790'000'000'000);
  for (const uint32_t minute : {29'833'320u, 29'833'380u}) {
    MinuteRow row;
    row.key.minute = Minute(minute);
    row.key.dimensions.advertiser_id = 1;
    row.measures.clicks = 5;
    checkpoint.rows.push_back(row);
  }
  // Clicks of two months: one block each.
  for (const uint32_t minute : {29'600'000u, 29'833'320u}) {
    ClickConversionRow row;
    row.key.minute = Minute(minute);
    row.key.dimensions.advertiser_id = 1;
    row.conversions = 3;
    checkpoint.click_conversions.push_back(row);
  }
  checkpoint.ledger.push_back({.append_minute = Minute(29'833'380), .received = 10, .counted = 10});
  checkpoint.reach = {{{kFirst, 2}, {kSecond, 3}}, {5, 6, 5}};
  return checkpoint;
}

void Deliver(const Checkpoint& checkpoint, MemoryCheckpointStore& store, MemoryIdCache& cache) {
  Delivery delivery(checkpoint, "events", store, cache);
  for (int step = 0; step < 100; ++step) {
    const auto done = delivery.Step();
    if (done.ok() && *done) return;
  }
  FAIL() << "the delivery does not end";
}

uint64_t Clicks(const MemoryCheckpointStore& store) {
  uint64_t clicks = 0;
  for (const auto& [key, measures] : store.Sums()) clicks += measures.clicks;
  return clicks;
}

uint64_t Conversions(const MemoryCheckpointStore& store) {
  uint64_t conversions = 0;
  for (const auto& [key, sums] : store.Clicks()) conversions += sums.conversions;
  return conversions;
}

TEST(Delivery, TwiceIsOnce) {
  MemoryCheckpointStore store;
  MemoryIdCache cache;
  Deliver(TwoHours(), store, cache);
  Deliver(TwoHours(), store, cache);
  EXPECT_EQ(Clicks(store), 10u);
  EXPECT_EQ(Conversions(store), 6u);
  EXPECT_EQ((*store.ReadProgress(Partition(3)))->end, Offset(20));
  EXPECT_EQ(cache.entries(), 1u);
}

TEST(Delivery, AFailedInsertIsRepeatedWhateverItLeftBehind) {
  for (const auto failure :
       {InsertFailure::kNothingWritten, InsertFailure::kTokenOnly, InsertFailure::kAllWritten}) {
    MemoryCheckpointStore store;
    MemoryIdCache cache;
    store.FailNextInsert(failure);
    Deliver(TwoHours(), store, cache);
    EXPECT_EQ(Clicks(store), 10u) << static_cast<int>(failure);
  }
}

TEST(Delivery, AFailedInsertOfClicksIsRepeatedWhateverItLeftBehind) {
  for (const auto failure :
       {InsertFailure::kNothingWritten, InsertFailure::kTokenOnly, InsertFailure::kAllWritten}) {
    MemoryCheckpointStore store;
    MemoryIdCache cache;
    const Checkpoint checkpoint = TwoHours();
    Delivery delivery(checkpoint, "events", store, cache);
    while (Clicks(store) < 10u) ASSERT_TRUE(delivery.Step().ok());
    ASSERT_TRUE(delivery.Step().ok()) << "asks for the receipts of clicks";
    store.FailNextInsert(failure);
    EXPECT_FALSE(delivery.Step().ok());
    for (int step = 0; step < 100; ++step) {
      if (*delivery.Step()) break;
    }
    EXPECT_EQ(Conversions(store), 6u) << static_cast<int>(failure);
    EXPECT_TRUE((*store.ReadProgress(Partition(3))).has_value());
  }
}

// Killed after each step: another process does it all again.
TEST(Delivery, IsOnceWhereverItWasKilled) {
  for (int killed_after = 0; killed_after < 12; ++killed_after) {
    MemoryCheckpointStore store;
    MemoryIdCache cache;
    const Checkpoint checkpoint = TwoHours();
    {
      Delivery first(checkpoint, "events", store, cache);
      for (int step = 0; step < killed_after; ++step) ASSERT_TRUE(first.Step().ok());
    }
    store.ForgetTokens();
    Deliver(checkpoint, store, cache);
    EXPECT_EQ(Clicks(store), 10u) << killed_after;
    EXPECT_EQ(Conversions(store), 6u) << killed_after;
  }
}

TEST(Delivery, ATokenWithoutRowsIsNoticedEachTimeItHappens) {
  MemoryCheckpointStore store;
  MemoryIdCache cache;
  const Checkpoint checkpoint = TwoHours();
  Delivery delivery(checkpoint, "events", store, cache);
  for (int step = 0; step < 100; ++step) {
    if (step < 8) store.FailNextInsert(InsertFailure::kTokenOnly);
    const auto done = delivery.Step();
    if (done.ok() && *done) break;
  }
  EXPECT_EQ(Clicks(store), 10u);
  EXPECT_EQ(Conversions(store), 6u);
}

// A server keeps the token of a block that a crash has taken, and the aggregator has crashed too.
TEST(Delivery, AnOldTokenWithoutRowsIsNoticedByANewProcess) {
  for (const bool store_says_so : {false, true}) {
    MemoryCheckpointStore store;
    store.set_may_keep_tokens(store_says_so);
    MemoryIdCache cache;
    const Checkpoint checkpoint = TwoHours();
    {
      Delivery first(checkpoint, "events", store, cache);
      store.FailNextInsert(InsertFailure::kTokenOnly);
      while (first.Step().ok()) continue;
    }
    Deliver(checkpoint, store, cache);
    EXPECT_EQ(Clicks(store), store_says_so ? 10u : 5u);
  }
}

TEST(Delivery, NothingIsInsertedBelowProgress) {
  MemoryCheckpointStore store;
  MemoryIdCache cache;
  ASSERT_TRUE(store.WriteProgress(Partition(3), {Offset(20), AppendTime(1)}).ok());
  Deliver(TwoHours(), store, cache);
  EXPECT_EQ(Clicks(store), 0u);
  EXPECT_EQ(Conversions(store), 0u);
}

TEST(Delivery, NothingIsInsertedBeyondAGap) {
  MemoryCheckpointStore store;
  MemoryIdCache cache;
  ASSERT_TRUE(store.WriteProgress(Partition(3), {Offset(9), AppendTime(1)}).ok());
  const Checkpoint checkpoint = TwoHours();
  Delivery delivery(checkpoint, "events", store, cache);
  for (int step = 0; step < 10; ++step) EXPECT_FALSE(delivery.Step().ok());
  EXPECT_EQ(Clicks(store), 0u);
  EXPECT_EQ((*store.ReadProgress(Partition(3)))->end, Offset(9));
}

TEST(Delivery, ACheckpointWithoutRowsStillLeavesItsLedger) {
  MemoryCheckpointStore store;
  MemoryIdCache cache;
  Checkpoint checkpoint = TwoHours();
  checkpoint.rows.clear();
  checkpoint.click_conversions.clear();
  Deliver(checkpoint, store, cache);
  EXPECT_EQ(store.Ledger().size(), 1u);
  EXPECT_TRUE((*store.ReadProgress(Partition(3))).has_value());
}

TEST(Delivery, ReachIsInBeforeProgressIs) {
  MemoryCheckpointStore store;
  MemoryIdCache cache;
  const Checkpoint checkpoint = TwoHours();
  Delivery delivery(checkpoint, "events", store, cache);
  while (store.Users().empty()) ASSERT_TRUE(delivery.Step().ok());
  EXPECT_FALSE((*store.ReadProgress(Partition(3))).has_value());
  EXPECT_EQ(store.Ledger().size(), 1u);
  // Another process begins again.
  Deliver(checkpoint, store, cache);
  EXPECT_EQ(store.Users(),
            (std::map<ReachKey, std::set<uint64_t>>{{kFirst, {5, 6}}, {kSecond, {5}}}));
}

TEST(DeduplicationToken, NamesThePlaceInTheLog) {
  EXPECT_EQ(DeduplicationToken("events", TwoHours(), "497222"), "events/3/10-20/497222");
  EXPECT_EQ(DeduplicationToken("events", TwoHours(), "497222", 2), "events/3/10-20/497222/2");
}

}  // namespace
}  // namespace adtally
