#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/simulation.h"
#include "testing/passing_checkpoint_store.h"

namespace adtally {
namespace {

// ADTALLY_SIM_SEEDS overrides how many seeds each test runs; ADTALLY_SIM_FIRST_SEED where they
// start.
uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

uint64_t Seeds() {
#ifdef NDEBUG
  return Setting("ADTALLY_SIM_SEEDS", 5000);
#else
  return Setting("ADTALLY_SIM_SEEDS", 150);
#endif
}

// The first failing seed and what differs; empty when all seeds pass.
std::string FirstFailure(Simulation::Options options, uint64_t seeds) {
  const uint64_t first = Setting("ADTALLY_SIM_FIRST_SEED", 1);
  for (options.seed = first; options.seed < first + seeds; ++options.seed) {
    const std::string failure = Simulation(options).Run();
    if (!failure.empty()) return "seed " + std::to_string(options.seed) + ": " + failure;
  }
  return "";
}

TEST(ExactlyOnce, OneProcessThatCrashesAnywhere) {
  EXPECT_EQ(FirstFailure({}, Seeds()), "");
}

TEST(ExactlyOnce, SeveralAggregatorsOnTheSamePartitions) {
  EXPECT_EQ(FirstFailure({.processes = 3, .embedded = false}, Seeds()), "");
}

template <class Bug>
Simulation::WrapStore Plant() {
  return [](CheckpointStore& store) { return std::make_unique<Bug>(store); };
}

class ProgressBeforeRows final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override {
    ADTALLY_TRY(store_.WriteProgress(partition, {end, AppendTime(1'790'000'000'000)}));
    return store_.ReadReceipts(partition, end, hours);
  }
};

class ReceiptsNotAskedFor final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<std::vector<uint32_t>> ReadReceipts(Partition, Offset,
                                             std::span<const uint32_t>) override {
    return std::vector<uint32_t>();
  }
};

class TokenLeftOut final : public PassingCheckpointStore {
 public:
  using PassingCheckpointStore::PassingCheckpointStore;
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view) override {
    return store_.InsertMinuteRows(hour, rows, partition, end, "");
  }
};

constexpr uint64_t kCanarySeeds = 300;

TEST(PlantedBug, ProgressWrittenBeforeRowsIsCaught) {
  EXPECT_NE(FirstFailure({.wrap_store = Plant<ProgressBeforeRows>()}, kCanarySeeds), "");
}

TEST(PlantedBug, ReceiptsNotAskedForIsCaught) {
  EXPECT_NE(FirstFailure({.wrap_store = Plant<ReceiptsNotAskedFor>()}, kCanarySeeds), "");
}

TEST(PlantedBug, TokenLeftOutWithSeveralAggregatorsIsCaught) {
  EXPECT_NE(FirstFailure({.processes = 3, .embedded = false, .wrap_store = Plant<TokenLeftOut>()},
                         kCanarySeeds),
            "");
}

TEST(PlantedBug, RetentionThatDropsTooMuchIsCaught) {
  EXPECT_NE(FirstFailure({.drop_too_much = true}, kCanarySeeds), "");
}

TEST(PlantedBug, TokensKeptOverARestartAreCaught) {
  EXPECT_NE(FirstFailure({.store_forgets_tokens = false}, kCanarySeeds), "");
}

}  // namespace
}  // namespace adtally
