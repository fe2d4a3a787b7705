#include "maintenance/archive.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "maintenance/archive_names.h"
#include "maintenance/archive_test_support.h"
#include "maintenance/archive_verify.h"
#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

constexpr uint32_t kMonth = 202607;
constexpr uint32_t kNext = 202608;

class ArchiveTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table : {"hour", "tier_status", "tier_floor", "archive_files"}) {
      ChdbTestStore::Clear(table);
    }
  }

  static Store& store() { return ChdbTestStore::Get(); }

  ArchivePlace Place() const {
    return {.kind = ArchivePlace::Kind::kFolder, .folder = folder_.path()};
  }

  ArchiveSummary Run(const ArchiveOptions& options = {.alone = true}) {
    Archive archive(options, Place(), store(), clock_, NullLogger());
    return archive.RunPass({});
  }

  ArchiveVerification Verify() {
    const auto storage = MakeArchiveStorage(Place(), store());
    auto verified = VerifyArchive(store(), *storage, [](const std::string&) {});
    EXPECT_TRUE(verified.ok()) << verified.error().message;
    return verified.ok() ? std::move(verified).value() : ArchiveVerification();
  }

  std::string All() {
    ArchiveReader reader(Place(), clock_);
    return AllHours(store(), reader);
  }

  // Of the days that still have slots in the hour tier.
  static size_t HotDays() {
    size_t days = 0;
    for (const auto& [number, day] : StatusOf(store(), Tier::kHour)) {
      days += day.slots.empty() ? 0 : 1;
    }
    return days;
  }

  std::vector<std::string> Files() const { return FilesBelow(folder_.path()); }

  void Damage(const std::string& name) const {
    std::fstream file(folder_.path() + '/' + name, std::ios::in | std::ios::out);
    file.seekp(1000);
    file.put('~');
    file.put('!');
  }

  TemporaryFolder folder_;
  ManualClock clock_{kArchiveTestNowMs};
};

TEST_F(ArchiveTest, MonthsPastTheHotRangeMoveToFiles) {
  FillHotMonth(store(), kMonth, 500);
  FillHotMonth(store(), kNext, 500);
  FillHotMonth(store(), 202609, 500);  // not 90 days ago yet
  const std::string before = All();

  const ArchiveSummary summary = Run();
  EXPECT_TRUE(summary.problems.empty()) << summary.text();
  EXPECT_EQ(2u, summary.months) << summary.text();
  EXPECT_EQ(2u, summary.files);
  EXPECT_EQ(62u * 500, summary.rows);
  EXPECT_EQ(62u, summary.days_removed);
  EXPECT_EQ(30u, HotDays());
  EXPECT_EQ(before, All());
  const auto verified = Verify();
  EXPECT_TRUE(verified.problems.empty()) << verified.problems.front();
  EXPECT_EQ(2u, verified.months);
  EXPECT_EQ(62u * 500, verified.rows);

  const ArchiveSummary again = Run();
  EXPECT_FALSE(again.did_something());
  EXPECT_EQ("nothing is due\n", again.text());
  EXPECT_EQ(4u, Files().size());
}

TEST_F(ArchiveTest, FilesAreSplitByAdvertisersAndSorted) {
  FillHotMonth(store(), kMonth, 500);
  const std::string before = All();
  const ArchiveSummary summary = Run({.file_rows = 4000, .alone = true});
  EXPECT_EQ(5u, summary.files) << "of ten advertisers with 1550 rows each";
  const auto files = KnownFiles(store());
  ASSERT_EQ(5u, files.size());
  EXPECT_EQ(1u, files[0].first_advertiser_id);
  EXPECT_EQ(2u, files[0].last_advertiser_id);
  EXPECT_EQ(9u, files[4].first_advertiser_id);
  EXPECT_EQ(3100u, files[4].rows);
  Statement order =
      ArchiveTable(Place(), std::vector{files[0].name}, "Parquet", ArchiveStructure());
  order.sql =
      "SELECT groupArray((advertiser_id, campaign_id, hour, ad_group_id)) = "
      "arraySort(groupArray((advertiser_id, campaign_id, hour, ad_group_id))) FROM " +
      order.sql + " SETTINGS max_threads = 1, input_format_parquet_preserve_order = 1";
  EXPECT_EQ("1\n", AskSql(store(), order));
  EXPECT_EQ(before, All());
}

TEST_F(ArchiveTest, TheManifestSaysWhatTheFilesHold) {
  FillHotMonth(store(), kMonth, 100);
  const std::string sums = AskSql(
      store(), {"SELECT sum(impressions), sum(clicks), sum(spend_micros) FROM adtally.hour", {}});
  ASSERT_EQ(1u, Run().months);
  std::ifstream file(folder_.path() + "/hour/2026-07/manifest.json");
  const std::string manifest(std::istreambuf_iterator<char>(file), {});
  const std::string tab = "\t";
  const std::string impressions = sums.substr(0, sums.find(tab));
  const std::string spend = sums.substr(sums.rfind(tab) + 1, sums.size() - sums.rfind(tab) - 2);
  EXPECT_TRUE(manifest.starts_with(
      "{\"format\":1,\"month\":\"2026-07\",\"days\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,"
      "19,20,21,22,23,24,25,26,27,28,29,30,31],\"rows\":3100,"))
      << manifest;
  EXPECT_NE(std::string::npos, manifest.find("\"sums\":{\"impressions\":" + impressions + ","))
      << manifest;
  EXPECT_NE(std::string::npos, manifest.find("\"spend_micros\":" + spend + ",")) << manifest;
}

// What archives of before they were counted by row say, which must stay what their files hold.
TEST_F(ArchiveTest, TheManifestNamesDuplicatesOnlyWhereThereAreSome) {
  const auto manifest = [&] {
    EXPECT_EQ(1u, Run().months);
    EXPECT_TRUE(Verify().problems.empty());
    std::ifstream file(folder_.path() + "/hour/2026-07/manifest.json");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  FillHotMonth(store(), kMonth, 10);
  const std::string before = manifest();
  EXPECT_EQ(std::string::npos, before.find("duplicate_"));
  EXPECT_NE(std::string::npos, before.find("\"invalid_conversions\":0,\"spend_micros\"")) << before;
  SetUp();
  FillHotMonth(store(), kMonth, 10);
  AskSql(store(), {"INSERT INTO adtally.hour (hour, hour_minutes, generation, advertiser_id, "
                   "campaign_id, duplicate_clicks) SELECT hour, hour_minutes, generation, "
                   "advertiser_id, campaign_id, 7 FROM adtally.hour LIMIT 1",
                   {}});
  EXPECT_NE(std::string::npos, manifest().find("\"duplicate_clicks\":7,\"spend_micros\""));
}

TEST_F(ArchiveTest, AMonthWaitsUntilItsDaysAreFinalAndRolledUp) {
  FillHotMonth(store(), kMonth, 10);
  TierPartition day = StatusOf(store(), Tier::kHour).at(20260731);
  const TierPartition whole = day;
  day.slots[5].final = false;
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, day, kArchiveTestNowMs).value());
  EXPECT_EQ("not yet: 2026-07: not all hours of 2026-07-31 are final and together\n", Run().text());

  day = StatusOf(store(), Tier::kHour).at(20260731);
  day.slots = whole.slots;
  day.slots[5].generation = 77;
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, day, kArchiveTestNowMs).value());
  EXPECT_EQ("not yet: 2026-07: not all hours of 2026-07-31 are final and together\n", Run().text());

  day = StatusOf(store(), Tier::kHour).at(20260731);
  day.slots = whole.slots;
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, day, kArchiveTestNowMs).value());
  TierPartition days = StatusOf(store(), Tier::kDay).at(kNext);
  days.Clear(1);
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kDay, days, kArchiveTestNowMs).value());
  EXPECT_EQ("not yet: 2026-07: 2026-08-01 is not rolled up by day\n", Run().text());
  EXPECT_TRUE(Files().empty());

  PublishDays(store(), kNext);
  EXPECT_EQ(1u, Run().months);
}

TEST_F(ArchiveTest, AMonthInWhichTrafficBeganIsArchivedFromThere) {
  for (int64_t at = DayStart(20260720); at < MonthStart(kNext); at += kSecondsPerDay) {
    FillHotDay(store(), at, at == DayStart(20260725) ? 0 : 10, 5);
  }
  PublishDays(store(), kMonth);
  PublishDays(store(), kNext);
  const std::string before = All();
  EXPECT_EQ(1u, Run().months);
  EXPECT_EQ(12u, StatusOf(store(), Tier::kArchive).at(kMonth).slots.size());
  EXPECT_EQ(before, All());
  EXPECT_TRUE(Verify().problems.empty());
}

TEST_F(ArchiveTest, AMonthWithoutTrafficNeedsNoFile) {
  FillHotMonth(store(), kMonth, 0);
  EXPECT_EQ(1u, Run().months);
  EXPECT_EQ(std::vector<std::string>{"hour/2026-07/manifest.json"}, Files());
  EXPECT_TRUE(Verify().problems.empty());
  EXPECT_EQ(0u, HotDays());
}

TEST_F(ArchiveTest, DaysThatBothTiersHaveLeaveTheStore) {
  FillHotMonth(store(), kMonth, 50);
  const auto hot = StatusOf(store(), Tier::kHour);
  const std::string before = All();
  ASSERT_EQ(1u, Run().months);
  // As if it had been killed before two days were taken out.
  for (const uint32_t day : {20260703u, 20260730u}) {
    TierPartition status = StatusOf(store(), Tier::kHour).at(day);
    status.slots = hot.at(day).slots;
    ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, status, kArchiveTestNowMs).value());
  }
  EXPECT_EQ(before, All());
  const ArchiveSummary summary = Run();
  EXPECT_EQ(2u, summary.days_removed);
  EXPECT_EQ(0u, summary.months);
  EXPECT_EQ(before, All());
}

TEST_F(ArchiveTest, ADayThatWasRolledUpAgainIsNotDecidedByItself) {
  FillHotMonth(store(), kMonth, 50);
  ASSERT_EQ(1u, Run().months);
  FillHotDay(store(), DayStart(20260703), 20, 99);
  const ArchiveSummary summary = Run();
  ASSERT_EQ(1u, summary.waiting.size());
  EXPECT_NE(std::string::npos, summary.waiting[0].find("2026-07-03 is in the archive"));
  EXPECT_EQ(0u, summary.days_removed);
}

TEST_F(ArchiveTest, ADayThatComesAfterItsMonthStaysInTheStore) {
  FillHotMonth(store(), kMonth, 50);
  TierPartition day = StatusOf(store(), Tier::kHour).at(20260703);
  const std::vector<TierSlot> slots = std::exchange(day.slots, {});
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, day, kArchiveTestNowMs).value());
  ASSERT_TRUE(RaiseTierFloor(store(), Tier::kArchive, DayStart(20260704)).value());
  ASSERT_EQ(1u, Run().months);
  day = StatusOf(store(), Tier::kHour).at(20260703);
  day.slots = slots;
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, day, kArchiveTestNowMs).value());
  const std::string before = All();
  EXPECT_EQ(
      "not yet: 2026-07: 2026-07-03 was rolled up after its month was archived, and stays in the "
      "store\n",
      Run().text());
  EXPECT_EQ(before, All());
}

TEST_F(ArchiveTest, FilesThatNothingNeedsAreRemovedAndOthersAreLeftAlone) {
  FillHotMonth(store(), kMonth, 50);
  ASSERT_EQ(1u, Run().months);
  const auto good = Files();
  const std::string stray = "hour/2026-07/1-000.parquet";
  const std::vector<std::string> others = {"hour/2026-07/notes.txt", "hour/2026-07/1-0.parquet",
                                           "other/2026-07/1-000.parquet", "1-000.parquet"};
  for (const std::string& name : {stray, stray + ".draft"}) {
    std::ofstream(folder_.path() + '/' + name) << "half";
  }
  for (const std::string& name : others) {
    std::filesystem::create_directories(
        std::filesystem::path(folder_.path() + '/' + name).parent_path());
    std::ofstream(folder_.path() + '/' + name) << "someone's";
  }
  EXPECT_EQ(2u, Run().files_removed);
  std::set<std::string> expected(good.begin(), good.end());
  expected.insert(others.begin(), others.end());
  EXPECT_EQ((std::vector<std::string>(expected.begin(), expected.end())), Files());
}

TEST_F(ArchiveTest, FilesOfAnotherStoreAreLeftAlone) {
  FillHotMonth(store(), kMonth, 50);
  ASSERT_EQ(1u, Run().months);
  const auto files = Files();
  SetUp();  // another store, which was given the same folder
  EXPECT_FALSE(Run().did_something());
  EXPECT_EQ(files, Files());
}

TEST_F(ArchiveTest, BesideReadersFilesStayForAWhile) {
  FillHotMonth(store(), kMonth, 50);
  ASSERT_EQ(1u, Run().months);
  const std::string stray = folder_.path() + "/hour/2026-07/1-000.parquet";
  std::ofstream(stray) << "half";
  const timespec now{.tv_sec = kArchiveTestNowMs / 1000, .tv_nsec = 0};
  const timespec times[] = {now, now};
  ASSERT_EQ(0, utimensat(AT_FDCWD, stray.c_str(), times, 0));
  Archive archive({}, Place(), store(), clock_, NullLogger());
  EXPECT_EQ(0u, archive.RunPass({}).files_removed);
  clock_.Advance(kArchiveGraceMs);
  EXPECT_EQ(0u, archive.RunPass({}).files_removed) << "it may be of a run under way";
  clock_.Advance(kArchiveMinAgeMs);
  EXPECT_EQ(1u, archive.RunPass({}).files_removed);
}

TEST_F(ArchiveTest, MonthsThatAreTooOldAreGivenUp) {
  FillHotMonth(store(), kMonth, 50);
  FillHotMonth(store(), kNext, 50);
  ASSERT_EQ(2u, Run().months);
  clock_.Set((MonthStart(kNext) + 730 * kSecondsPerDay) * 1000);
  const ArchiveSummary summary = Run();
  EXPECT_EQ(1u, summary.months_retired) << summary.text();
  EXPECT_EQ(1u, summary.files_removed);
  EXPECT_EQ(MonthStart(kNext), ReadTierFloors(store()).value().at(Tier::kArchive));
  EXPECT_EQ(2u, Files().size());
  for (const std::string& name : Files()) EXPECT_TRUE(name.starts_with("hour/2026-08/")) << name;
  EXPECT_EQ("nothing is due\n", Run().text());
}

TEST_F(ArchiveTest, VerifyNamesWhatIsDamagedAndWhatIsMissing) {
  FillHotMonth(store(), kMonth, 500);
  FillHotMonth(store(), kNext, 500);
  ASSERT_EQ(2u, Run().months);
  const auto files = KnownFiles(store());
  Damage(files[0].name);
  std::filesystem::remove(folder_.path() + '/' + files[1].name);
  const auto verified = Verify();
  ASSERT_EQ(2u, verified.problems.size());
  EXPECT_TRUE(verified.problems[0].starts_with(Place().PathOf(files[0].name) + " is damaged"))
      << verified.problems[0];
  EXPECT_EQ(Place().PathOf(files[1].name) + " is missing", verified.problems[1]);
}

TEST_F(ArchiveTest, VerifyFindsAChangedManifest) {
  FillHotMonth(store(), kMonth, 50);
  ASSERT_EQ(1u, Run().months);
  const std::string path = folder_.path() + "/hour/2026-07/manifest.json";
  std::ofstream(path) << "{}";
  ASSERT_EQ(1u, Verify().problems.size());
  EXPECT_TRUE(Verify().problems[0].starts_with(path + " does not say"));
  std::filesystem::remove(path);
  EXPECT_EQ(path + " is missing", Verify().problems.at(0));
}

TEST_F(ArchiveTest, AFolderThatCannotBeWrittenLosesNothing) {
  FillHotMonth(store(), kMonth, 50);
  const std::string before = All();
  std::ofstream(folder_.path() + "/hour") << "a file where a folder should be";
  const ArchiveSummary summary = Run();
  ASSERT_FALSE(summary.problems.empty());
  EXPECT_NE(std::string::npos, summary.problems[0].find(folder_.path() + "/hour"));
  EXPECT_EQ(31u, HotDays());
  EXPECT_EQ(before, All());
  std::filesystem::remove(folder_.path() + "/hour");
  EXPECT_EQ(1u, Run().months);
  EXPECT_EQ(before, All());
}

TEST(ArchiveNames, OnlyItsOwnAreRead) {
  const auto name = ParseArchiveName("hour/2026-07/4294967295-012.parquet");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(202607u, name->month);
  EXPECT_EQ(4294967295u, name->generation);
  EXPECT_FALSE(name->is_draft);
  EXPECT_TRUE(ParseArchiveName("hour/2026-07/1-000.parquet.draft")->is_draft);
  for (const auto* other :
       {"hour/2026-07/manifest.json", "hour/2026-07/1-000.parquet.bak", "hour/2026-7/1-000.parquet",
        "hour/2026-07/x1-000.parquet", "hour/2026-07/1-000.parquet/",
        "x/hour/2026-07/1-000.parquet", "hour/2026-07/4294967296-000.parquet",
        "hour/2026-07/01-000.parquet", ""}) {
    EXPECT_FALSE(ParseArchiveName(other)) << other;
  }
}

}  // namespace
}  // namespace adtally
