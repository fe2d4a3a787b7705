// Canaries: each plants a bug that the simulation must catch. One that stays silent means that the
// simulation no longer sees what it is there for.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "sim/planted_caches.h"
#include "sim/planted_stores.h"
#include "sim/run_seeds.h"

namespace adtally {
namespace {

constexpr uint64_t kSeeds = 2000;

void ExpectCaught(const Simulation::Options& options) {
  Coverage coverage;
  const std::string failure = FirstFailure(options, kSeeds, coverage);
  EXPECT_NE(failure, "") << "in none of " << kSeeds << " seeds";
  ::testing::Test::RecordProperty("caught", failure);
}

template <class Bug>
Plant InStore() {
  return [](EventLog&, CheckpointStore& store, IdCache&) {
    return Planted{nullptr, std::make_unique<Bug>(store), nullptr};
  };
}

template <class Bug>
Plant InLog() {
  return [](EventLog& log, CheckpointStore&, IdCache&) {
    return Planted{std::make_unique<Bug>(log), nullptr, nullptr};
  };
}

template <class Bug>
Plant InCache() {
  return [](EventLog&, CheckpointStore&, IdCache& cache) {
    return Planted{nullptr, nullptr, std::make_unique<Bug>(cache)};
  };
}

TEST(PlantedBug, ProgressWrittenBeforeRows) {
  ExpectCaught({.plant = InStore<planted::ProgressBeforeRows>()});
}

TEST(PlantedBug, ReceiptsNotAskedFor) {
  ExpectCaught({.plant = InStore<planted::ReceiptsNotAskedFor>()});
}

TEST(PlantedBug, ReceiptsNotAskedAgainAfterAFailure) {
  ExpectCaught({.plant = InStore<planted::ReceiptsNotAskedAgain>()});
}

TEST(PlantedBug, TokenLeftOut) {
  ExpectCaught({.setting = Setting::kSeveral, .plant = InStore<planted::TokenLeftOut>()});
}

TEST(PlantedBug, RetryUnderTheSameToken) {
  ExpectCaught({.plant = InStore<planted::RetryUnderTheSameToken>()});
}

TEST(PlantedBug, FailedInsertTakenForDone) {
  ExpectCaught({.plant = InStore<planted::FailedInsertTakenForDone>()});
}

TEST(PlantedBug, ClickReceiptsNotAskedFor) {
  ExpectCaught({.plant = InStore<planted::ClickReceiptsNotAskedFor>()});
}

TEST(PlantedBug, ClickTokenLeftOut) {
  ExpectCaught({.setting = Setting::kSeveral, .plant = InStore<planted::ClickTokenLeftOut>()});
}

TEST(PlantedBug, AnyClickReceiptBelieved) {
  ExpectCaught({.plant = InStore<planted::AnyClickReceiptBelieved>()});
}

TEST(PlantedBug, FailedClicksTakenForDone) {
  ExpectCaught({.plant = InStore<planted::FailedClicksTakenForDone>()});
}

TEST(PlantedBug, LedgerForgottenAfterFailure) {
  ExpectCaught({.plant = InStore<planted::LedgerForgottenAfterFailure>()});
}

TEST(PlantedBug, ReachForgottenAfterFailure) {
  ExpectCaught({.plant = InStore<planted::ReachForgottenAfterFailure>()});
}

TEST(PlantedBug, ReachAfterProgress) {
  ExpectCaught({.plant = InStore<planted::ReachAfterProgress>()});
}

TEST(PlantedBug, TokensKeptOverARestart) {
  ExpectCaught({.store_forgets_tokens = false});
}

TEST(PlantedBug, RetentionThatDropsTooMuch) {
  ExpectCaught({.drop_too_much = true});
}

TEST(PlantedBug, AcknowledgedBeforeDurable) {
  ExpectCaught({.sender_trusts_failures = true});
}

TEST(PlantedBug, OwnBoundaryFollowed) {
  ExpectCaught({.setting = Setting::kSeveral, .plant = InLog<planted::OwnBoundaryFollowed>()});
}

TEST(PlantedBug, CutWindowNotNoticed) {
  // One partition gets far enough ahead of a process that pauses.
  ExpectCaught({.partitions = 1,
                .setting = Setting::kSeveral,
                .plant = InLog<planted::CutWindowNotNoticed>()});
}

TEST(PlantedBug, RollbackForgetsTheEarlierHourOfADuplicate) {
  ExpectCaught(
      {.setting = Setting::kSeveral, .plant = [](EventLog& log, CheckpointStore&, IdCache& cache) {
         const auto state = std::make_shared<planted::RollbackForgets>();
         return Planted{std::make_unique<planted::RollbackForgets::Log>(log, state), nullptr,
                        std::make_unique<planted::RollbackForgets::Cache>(cache, state)};
       }});
}

TEST(PlantedBug, GapOfTheCacheSkipped) {
  ExpectCaught({.plant = InCache<planted::GapSkipped>()});
}

TEST(PlantedBug, TornCacheEntryBelieved) {
  ExpectCaught({.plant = InCache<planted::TornEntryBelieved>()});
}

// The ids may not even be in order, which a check in the counter catches.
void ExpectCaughtOrAborted(const Simulation::Options& options) {
  const auto run_and_abort_when_caught = [&] {
    Coverage coverage;
    const std::string failure = FirstFailure(options, kSeeds, coverage);
    std::fputs(failure.c_str(), stderr);
    if (!failure.empty()) std::abort();
  };
  EXPECT_DEATH(run_and_abort_when_caught(), "ADTALLY_SIM_FIRST_SEED");
}

TEST(PlantedBugDeathTest, CacheBeyondProgressBelieved) {
  ExpectCaughtOrAborted({.plant = [](EventLog&, CheckpointStore& store, IdCache& cache) {
    return Planted{nullptr, nullptr,
                   std::make_unique<planted::IdsBeyondProgressBelieved>(cache, store)};
  }});
}

TEST(PlantedBugDeathTest, CacheOfAnotherHistoryBelieved) {
  ExpectCaughtOrAborted({.plant = InCache<planted::OtherHistoryBelieved>()});
}

}  // namespace
}  // namespace adtally
