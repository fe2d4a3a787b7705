#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "maintenance/archive.h"
#include "maintenance/archive_test_support.h"
#include "maintenance/archive_verify.h"
#include "store/chdb_store.h"
#include "store/migrations.h"
#include "testing/killed_child.h"
#include "testing/manual_clock.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

constexpr char kFolderVariable[] = "ADTALLY_ARCHIVE_KILL_TEST_FOLDER";

// What children report.
enum Report : uint64_t { kFilled = 1, kNothingLost = 2, kLost = 3, kComplete = 4, kIncomplete = 5 };

void Tell(Report report) {
  const uint64_t number = report;
  if (write(kAcknowledgedFd, &number, sizeof(number)) != sizeof(number)) _exit(1);
}

[[noreturn]] void WaitToBeKilled() {
  for (;;) pause();
}

// The folder that this run is about, with the store opened.
struct Child {
  const std::string folder = std::getenv(kFolderVariable);
  const ManualClock clock{kArchiveTestNowMs};
  const ArchivePlace place{.kind = ArchivePlace::Kind::kFolder, .folder = folder + "/archive"};
  std::unique_ptr<Store> store;

  Child() {
    auto opened = ChdbStore::Open({.path = folder + "/store", .connections = 4}, NullLogger());
    ADTALLY_CHECK(opened.ok(), opened.error().message);
    store = std::move(opened).value();
  }

  std::string All() {
    ArchiveReader reader(place, clock);
    return AllHours(*store, reader);
  }
};

// Fills a new store and writes down what it holds.
TEST(ArchiveKill, DISABLED_Fill) {
  Child child;
  ASSERT_TRUE(Migrate(*child.store).ok());
  for (uint32_t month = 202603; month <= 202607; ++month) FillHotMonth(*child.store, month, 2000);
  std::ofstream(child.folder + "/truth") << child.All() << std::flush;
  Tell(kFilled);
  WaitToBeKilled();
}

// Archives what is due, after a look at whether all is still there.
TEST(ArchiveKill, DISABLED_Archive) {
  Child child;
  std::ifstream file(child.folder + "/truth");
  const std::string truth(std::istreambuf_iterator<char>(file), {});
  Tell(child.All() == truth ? kNothingLost : kLost);
  Archive archive({.file_rows = 20'000, .alone = true}, child.place, *child.store, child.clock,
                  NullLogger());
  bool problems = false;
  while (true) {
    const ArchiveSummary summary = archive.RunPass({});
    problems = problems || !summary.problems.empty();
    if (problems || !summary.did_something()) break;
  }
  const auto storage = MakeArchiveStorage(child.place, *child.store);
  const auto verified = VerifyArchive(*child.store, *storage, [](const std::string&) {});
  // Five months, each with four files and a manifest.
  const bool complete = !problems && verified.ok() && verified->problems.empty() &&
                        verified->months == 5 && FilesBelow(child.place.folder).size() == 25;
  Tell(child.All() == truth ? kNothingLost : kLost);
  Tell(complete ? kComplete : kIncomplete);
  WaitToBeKilled();
}

std::vector<uint64_t> RunFor(const std::string& folder, const std::string& test, int64_t ms) {
  setenv(kFolderVariable, folder.c_str(), 1);
  return RunTestAndKill("ArchiveKill.DISABLED_" + test, std::chrono::milliseconds(ms));
}

TEST(ArchiveKill, LosesNothingAndComesToAnEnd) {
  TemporaryFolder folder;
  std::string filled;
  for (int64_t ms = 4000; filled.empty(); ms *= 2) {
    ASSERT_LT(ms, 300'000) << "the store could not be filled";
    const std::string attempt = folder.path() + "/" + std::to_string(ms);
    std::filesystem::create_directory(attempt);
    if (std::ranges::count(RunFor(attempt, "Fill", ms), kFilled) == 1) filled = attempt;
  }
  std::mt19937 random(11);
  int kills = 0;
  int looks = 0;
  for (int64_t longest_ms = 900;; longest_ms += 20) {
    ASSERT_LT(longest_ms, 60'000) << "it never completed";
    const auto told = RunFor(filled, "Archive", 400 + static_cast<int64_t>(random()) % longest_ms);
    ASSERT_EQ(0, std::ranges::count(told, kLost)) << "after " << kills << " kills";
    ASSERT_EQ(0, std::ranges::count(told, kIncomplete)) << "after " << kills << " kills";
    looks += static_cast<int>(std::ranges::count(told, kNothingLost));
    if (std::ranges::count(told, kComplete) == 1) break;
    ++kills;
  }
  RecordProperty("kills", kills);
  std::printf("%d kills in the middle, %d looks\n", kills, looks);
  EXPECT_GE(looks, 2);
}

}  // namespace
}  // namespace adtally
