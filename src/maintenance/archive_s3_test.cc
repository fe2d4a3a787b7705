#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "maintenance/archive.h"
#include "maintenance/archive_test_support.h"
#include "maintenance/archive_verify.h"
#include "maintenance/s3_client.h"
#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"
#include "testing/s3_server.h"

namespace adtally {
namespace {

constexpr uint32_t kMonth = 202607;

class ArchiveS3Test : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table : {"hour", "tier_status", "tier_floor", "archive_files"}) {
      ChdbTestStore::Clear(table);
    }
  }

  static Store& store() { return ChdbTestStore::Get(); }

  ArchivePlace Place() const {
    return {.kind = ArchivePlace::Kind::kS3,
            .s3_url = server_.url(),
            .s3_key = S3Server::kKey,
            .s3_secret = S3Server::kSecret};
  }

  ArchiveSummary Run(const std::function<void(const ArchiveProgress&)>& progress = {}) {
    Archive archive({.file_rows = 4000, .alone = true}, Place(), store(), clock_, NullLogger());
    return archive.RunPass({}, progress);
  }

  std::string All() {
    ArchiveReader reader(Place(), clock_);
    return AllHours(store(), reader);
  }

  ArchiveVerification Verify() {
    const auto storage = MakeArchiveStorage(Place(), store());
    auto verified = VerifyArchive(store(), *storage, [](const std::string&) {});
    EXPECT_TRUE(verified.ok()) << verified.error().message;
    return verified.ok() ? std::move(verified).value() : ArchiveVerification();
  }

  // What the reader says about a file, after the listing that it knows is too old.
  Error ReadError(ArchiveReader& reader, const ArchiveFile& file) {
    clock_.Advance(60'000);
    const auto source = reader.Source(store(), std::vector{file});
    EXPECT_FALSE(source.ok());
    return source.ok() ? Error{} : source.error();
  }

  S3Server server_{ADTALLY_S3_SERVER};
  ManualClock clock_{kArchiveTestNowMs};
};

TEST_F(ArchiveS3Test, MonthsMoveToObjectsAndAreReadFromThere) {
  FillHotMonth(store(), kMonth, 500);
  FillHotMonth(store(), kMonth + 1, 500);
  const std::string before = All();
  const ArchiveSummary summary = Run();
  EXPECT_TRUE(summary.problems.empty()) << summary.text();
  EXPECT_EQ(2u, summary.months);
  EXPECT_EQ(10u, summary.files);
  EXPECT_EQ(before, All());
  const auto verified = Verify();
  EXPECT_TRUE(verified.problems.empty()) << verified.problems.front();
  EXPECT_EQ(62u * 500, verified.rows);
  EXPECT_FALSE(Run().did_something());
  // Straight from the objects, with the same expression a report has.
  const auto files = KnownFiles(store());
  ArchiveReader reader(Place(), clock_);
  Statement sum = reader.Source(store(), files).value();
  EXPECT_EQ(std::string::npos, sum.sql.find(S3Server::kSecret));
  sum.sql = "SELECT count() FROM " + sum.sql + " SETTINGS " + std::string(kArchiveSettings);
  EXPECT_EQ("31000\n", AskSql(store(), sum));
}

TEST_F(ArchiveS3Test, AServerThatIsKilledLosesNothingAndTheNextRunGoesOn) {
  FillHotMonth(store(), kMonth, 2000);
  const std::string before = All();
  std::mt19937 random(3);
  for (int round = 0; round < 6; ++round) {
    std::atomic<bool> first_file = false;
    std::thread killer([&] {
      // In half of the rounds once a file is there, else at any time.
      if (round % 2 == 0) first_file.wait(false);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
      server_.Kill();
    });
    const ArchiveSummary summary = Run([&](const ArchiveProgress&) {
      first_file = true;
      first_file.notify_all();
    });
    first_file = true;
    first_file.notify_all();
    killer.join();
    for (const std::string& problem : summary.problems) {
      EXPECT_EQ(std::string::npos, problem.find(S3Server::kSecret)) << problem;
    }
    server_.Start();
    EXPECT_EQ(before, All()) << "round " << round;
  }
  while (true) {
    const ArchiveSummary summary = Run();
    ASSERT_TRUE(summary.problems.empty()) << summary.text();
    if (!summary.did_something()) break;
  }
  EXPECT_EQ(before, All());
  EXPECT_TRUE(Verify().problems.empty());
  const auto archive = StatusOf(store(), Tier::kArchive);
  const size_t published = PublishedFiles(archive.at(kMonth), KnownFiles(store())).size();
  EXPECT_EQ(published + 1, FilesBelow(server_.FileOf("hour")).size()) << "and the manifest";
}

TEST_F(ArchiveS3Test, AWrongSecretIsRefusedAndNotShown) {
  FillHotMonth(store(), kMonth, 100);
  ArchivePlace place = Place();
  place.s3_secret = "not-the-right-one";
  Archive archive({.alone = true}, place, store(), clock_, NullLogger());
  const ArchiveSummary summary = archive.RunPass({});
  EXPECT_EQ(0u, summary.months);
  ASSERT_FALSE(summary.problems.empty());
  EXPECT_NE(std::string::npos, summary.problems[0].find("ACCESS_DENIED")) << summary.problems[0];
  for (const std::string& problem : summary.problems) {
    EXPECT_EQ(std::string::npos, problem.find(place.s3_secret)) << problem;
  }
  ArchiveReader reader(place, clock_);
  const Error error = ReadError(reader, {.name = "hour/2026-07/1-000.parquet"});
  EXPECT_EQ(ErrorCode::kUnavailable, error.code);
  EXPECT_EQ(std::string::npos, error.message.find(place.s3_secret)) << error.message;
  EXPECT_NE(std::string::npos, error.message.find("SignatureDoesNotMatch")) << error.message;
}

TEST_F(ArchiveS3Test, MissingAndChangedObjectsAreNamed) {
  FillHotMonth(store(), kMonth, 500);
  ASSERT_EQ(1u, Run().months);
  const auto files = KnownFiles(store());
  ASSERT_EQ(5u, files.size());
  ArchiveReader reader(Place(), clock_);
  ASSERT_TRUE(reader.Source(store(), files).ok());

  std::filesystem::remove(server_.FileOf(files[0].name));
  const Error missing = ReadError(reader, files[0]);
  EXPECT_EQ(ErrorCode::kCorrupt, missing.code);
  EXPECT_NE(std::string::npos, missing.message.find("file " + files[0].name + " is missing"))
      << missing.message;
  EXPECT_EQ(std::string::npos, missing.message.find(server_.url())) << missing.message;

  std::ifstream file(server_.FileOf(files[1].name), std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  bytes[bytes.size() / 2] ^= 1;
  S3Client client(Place());
  ASSERT_TRUE(client.Put(files[1].name, bytes).ok());
  const Error changed = ReadError(reader, files[1]);
  EXPECT_EQ(ErrorCode::kCorrupt, changed.code);
  EXPECT_NE(std::string::npos, changed.message.find(files[1].name + " was changed"))
      << changed.message;

  const auto verified = Verify();
  ASSERT_EQ(2u, verified.problems.size());
  EXPECT_NE(std::string::npos, verified.problems[0].find(files[0].name + " is missing"));
  EXPECT_NE(std::string::npos, verified.problems[1].find(files[1].name + " is damaged"));
  EXPECT_TRUE(reader.Source(store(), std::vector{files[2]}).ok());
}

TEST_F(ArchiveS3Test, AServerThatIsDownIsAnErrorThatSaysWhere) {
  FillHotMonth(store(), kMonth, 100);
  ASSERT_EQ(1u, Run().months);
  ArchiveReader reader(Place(), clock_);
  server_.Kill();
  const Error error = ReadError(reader, KnownFiles(store())[0]);
  EXPECT_EQ(ErrorCode::kUnavailable, error.code);
  EXPECT_NE(std::string::npos, error.message.find(server_.url())) << error.message;
}

TEST_F(ArchiveS3Test, VerifyTakesOverTheEtagsOfCopies) {
  FillHotMonth(store(), kMonth, 500);
  ASSERT_EQ(1u, Run().months);
  ArchiveFile file = KnownFiles(store())[0];
  const std::string etag = std::exchange(file.etag, "\"of-another-bucket\"");
  ASSERT_TRUE(AddArchiveFiles(store(), {file}).ok());
  ArchiveReader reader(Place(), clock_);
  EXPECT_EQ(ErrorCode::kCorrupt, ReadError(reader, file).code);
  const auto verified = Verify();
  EXPECT_TRUE(verified.problems.empty()) << verified.problems.front();
  EXPECT_EQ(1u, verified.etags_renewed);
  EXPECT_EQ(etag, KnownFiles(store())[0].etag);
  EXPECT_TRUE(reader.Source(store(), KnownFiles(store())).ok());
}

TEST(S3Client, SignsForTheRegionOfTheHost) {
  EXPECT_EQ("us-east-1", RegionOfS3Url("http://127.0.0.1:7070/bucket"));
  EXPECT_EQ("us-east-1", RegionOfS3Url("https://s3.amazonaws.com/bucket"));
  EXPECT_EQ("eu-central-1", RegionOfS3Url("https://s3.eu-central-1.amazonaws.com/bucket"));
  EXPECT_EQ("eu-west-2", RegionOfS3Url("https://bucket.s3.eu-west-2.amazonaws.com/prefix"));
  EXPECT_EQ("us-west-2", RegionOfS3Url("https://s3-us-west-2.amazonaws.com/bucket"));
}

}  // namespace
}  // namespace adtally
