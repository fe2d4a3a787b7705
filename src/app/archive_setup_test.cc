#include "app/archive_setup.h"

#include <gtest/gtest.h>

#include <fstream>

#include "testing/temporary_folder.h"

namespace adtally {
namespace {

std::string ErrorOf(const Config& config) {
  const auto place = ArchivePlaceFor(config, "/data");
  return place.ok() ? "" : place.error().message;
}

TEST(ArchiveSetup, AFolderIsBesideTheData) {
  Config config;
  EXPECT_EQ("/data/archive", ArchivePlaceFor(config, "/data").value().folder);
  config.archive_folder = "/mnt/a/";
  EXPECT_EQ("/mnt/a", ArchivePlaceFor(config, "/data").value().folder);
  config.archive_folder = "/mnt/{a}";
  EXPECT_NE("", ErrorOf(config));
}

TEST(ArchiveSetup, AFolderIsNoPlaceForAServer) {
  Config config;
  config.store_kind = "clickhouse";
  EXPECT_EQ(ArchivePlace::Kind::kNone, ArchivePlaceFor(config, "/data").value().kind);
  config.archive_kind = "folder";
  EXPECT_TRUE(ErrorOf(config).starts_with("archive.kind: \"folder\" is not possible"));
  config.archive_kind = "none";
  EXPECT_EQ("", ErrorOf(config));
  config.archive_kind = "s3";
  config.archive_s3_url = "https://s3.example.com/bucket";
  EXPECT_EQ("", ErrorOf(config));
}

TEST(ArchiveSetup, S3NeedsABucketAndASecretForItsKey) {
  Config config;
  config.archive_kind = "s3";
  for (const auto* url : {"", "bucket", "https://host", "ftp://host/bucket", "https://host/b*"}) {
    config.archive_s3_url = url;
    EXPECT_TRUE(ErrorOf(config).starts_with("archive.s3_url: ")) << url;
  }
  config.archive_s3_url = "https://host/bucket/prefix/";
  EXPECT_EQ("https://host/bucket/prefix", ArchivePlaceFor(config, "/data").value().s3_url);
  config.archive_s3_key = "key";
  EXPECT_TRUE(ErrorOf(config).starts_with("archive.s3_key: "));
  TemporaryFolder folder;
  config.archive_s3_secret_file = folder.path() + "/secret";
  EXPECT_TRUE(ErrorOf(config).starts_with("archive.s3_secret_file: "));
  std::ofstream(config.archive_s3_secret_file) << "hidden\n";
  EXPECT_EQ("hidden", ArchivePlaceFor(config, "/data").value().s3_secret);
  config.archive_s3_secret = "also";
  EXPECT_EQ("archive.s3_secret and archive.s3_secret_file are both set; leave one out",
            ErrorOf(config));
}

}  // namespace
}  // namespace adtally
