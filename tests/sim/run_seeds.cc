#include "sim/run_seeds.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace adtally {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string HowToReplay(uint64_t seed) {
  const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return fmt::format(
      "again: ADTALLY_SIM_FIRST_SEED={} ADTALLY_SIM_SEEDS=1 ADTALLY_SIM_TRACE=1 sim_test "
      "--gtest_filter={}.{}\n",
      seed, test->test_suite_name(), test->name());
}

// A failed check aborts: then this is said.
std::string last_words;

void SayLastWords(int) {
  (void)!write(STDERR_FILENO, last_words.data(), last_words.size());
}

}  // namespace

uint64_t SeedCount(uint64_t in_release) {
#ifdef NDEBUG
  return FromEnvironment("ADTALLY_SIM_SEEDS", in_release);
#else
  return FromEnvironment("ADTALLY_SIM_SEEDS", in_release / 30);
#endif
}

bool SeedCountOverridden() {
  return std::getenv("ADTALLY_SIM_SEEDS") != nullptr;
}

std::string FirstFailure(Simulation::Options options, uint64_t seeds, Coverage& coverage) {
  const uint64_t first = FromEnvironment("ADTALLY_SIM_FIRST_SEED", 1);
  options.trace = FromEnvironment("ADTALLY_SIM_TRACE", 0) != 0;
  const auto previous = std::signal(SIGABRT, SayLastWords);
  std::string failure;
  for (options.seed = first; options.seed < first + seeds && failure.empty(); ++options.seed) {
    last_words = HowToReplay(options.seed);
    failure = Simulation(options, coverage).Run();
    if (!failure.empty())
      failure = fmt::format("seed {}: {}; {}", options.seed, failure, last_words);
  }
  std::signal(SIGABRT, previous);
  return failure;
}

}  // namespace adtally
