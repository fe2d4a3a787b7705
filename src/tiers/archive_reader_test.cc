#include "tiers/archive_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"
#include "tiers/file_checksum.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

class ArchiveReaderTest : public testing::Test {
 protected:
  Store& store() { return ChdbTestStore::Get(); }

  ArchivePlace Place() const {
    return {.kind = ArchivePlace::Kind::kFolder, .folder = folder_.path()};
  }

  // A file of `rows` rows of one advertiser.
  ArchiveFile Write(const std::string& name, uint32_t advertiser_id, uint32_t rows) {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    Statement write = ArchiveTable(Place(), std::vector{name}, "Parquet", ArchiveStructure());
    write.sql = "INSERT INTO FUNCTION " + write.sql +
                " SELECT toDateTime(1796000400 + number, 'UTC'), 60, " +
                std::to_string(advertiser_id) +
                ", 1, number, 3, 'tv', 'DE', '', 1, 0, 0, 0, 0, 0, 0, 0, 0, -5, 0 FROM numbers(" +
                std::to_string(rows) + ")";
    const auto written = RunStatement(store(), write, "");
    EXPECT_TRUE(written.ok()) << written.error().message;
    return {.month = 202611,
            .generation = 7,
            .name = name,
            .first_advertiser_id = advertiser_id,
            .last_advertiser_id = advertiser_id,
            .rows = rows,
            .bytes = std::filesystem::file_size(Path(name)),
            .checksum = ChecksumOfFile(Path(name)).value(),
            .content_hash = 1};
  }

  std::string Path(const std::string& name) const { return folder_.path() + '/' + name; }

  void FlipByte(const std::string& path, int64_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(offset, offset < 0 ? std::ios::end : std::ios::beg);
    const auto at = file.tellg();
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(at);
    file.put(byte);
  }

  Result<std::string> Sums(ArchiveReader& reader, const std::vector<ArchiveFile>& files) {
    ADTALLY_ASSIGN(Statement select, reader.Source(store(), files));
    select.sql =
        "SELECT count(), sum(advertiser_id), sum(spend_micros), min(device), min(hour_minutes) "
        "FROM " +
        select.sql;
    return RunStatement(store(), select, "CSV");
  }

  TemporaryFolder folder_;
  ManualClock clock_{0};
};

TEST_F(ArchiveReaderTest, TheTableOfFilesReadsBackAsItWasWritten) {
  ChdbTestStore::Clear("archive_files");
  ArchiveFile first = Write("hour/2026-11/7-000.parquet", 1, 10);
  first.content_hash = UINT64_MAX;
  first.etag = "an etag";
  ArchiveFile second = first;
  second.month = 202612;
  ASSERT_TRUE(AddArchiveFiles(store(), {second, first}).ok());
  ASSERT_TRUE(AddArchiveFiles(store(), {second, first}).ok());
  EXPECT_EQ(ReadArchiveFiles(store(), 0, UINT32_MAX).value(), (std::vector{first, second}));
  EXPECT_EQ(ReadArchiveFiles(store(), 202611, 202611).value(), std::vector{first});
}

TEST_F(ArchiveReaderTest, OneAndSeveralFilesAreRead) {
  ArchiveReader reader(Place(), clock_);
  const std::vector<ArchiveFile> files = {Write("hour/2026-10/7-000.parquet", 1, 100),
                                          Write("hour/2026-11/8-000.parquet", 2, 1000)};
  EXPECT_EQ("1100,2100,-5500,\"tv\",60\n", Sums(reader, files).value());
  EXPECT_EQ("100,100,-500,\"tv\",60\n", Sums(reader, {files[0]}).value());
}

TEST_F(ArchiveReaderTest, AMissingFileAmongOthersIsNamed) {
  ArchiveReader reader(Place(), clock_);
  const std::vector<ArchiveFile> files = {Write("hour/2026-10/7-000.parquet", 1, 100),
                                          Write("hour/2026-11/8-000.parquet", 2, 1000)};
  std::filesystem::remove(Path(files[1].name));
  const auto sums = Sums(reader, files);
  ASSERT_FALSE(sums.ok());
  EXPECT_EQ(ErrorCode::kCorrupt, sums.error().code);
  EXPECT_EQ("the archive's file " + files[1].name +
                " is missing: bring it back from a copy and check it with 'adtally archive "
                "--verify'",
            sums.error().message);
}

TEST_F(ArchiveReaderTest, AByteThatFlippedAnywhereIsFound) {
  const ArchiveFile file = Write("hour/2026-10/7-000.parquet", 1, 20'000);
  const auto bytes = static_cast<int64_t>(file.bytes);
  ArchiveReader reader(Place(), clock_);
  ASSERT_TRUE(Sums(reader, {file}).ok());
  for (const int64_t offset : {int64_t{0}, bytes / 3, bytes / 2, int64_t{-300}, int64_t{-20}}) {
    FlipByte(Path(file.name), offset);
    for (ArchiveReader* each : {&reader, new ArchiveReader(Place(), clock_)}) {
      const auto sums = Sums(*each, {file});
      ASSERT_FALSE(sums.ok()) << offset;
      EXPECT_EQ(ErrorCode::kCorrupt, sums.error().code);
      EXPECT_NE(std::string::npos, sums.error().message.find("file " + file.name + " is damaged"))
          << sums.error().message;
      if (each != &reader) delete each;
    }
    FlipByte(Path(file.name), offset);
    EXPECT_TRUE(Sums(reader, {file}).ok()) << "whole again";
  }
}

TEST_F(ArchiveReaderTest, AFileThatWasCutOffIsFound) {
  const ArchiveFile file = Write("hour/2026-10/7-000.parquet", 1, 1000);
  std::filesystem::resize_file(Path(file.name), file.bytes - 1);
  ArchiveReader reader(Place(), clock_);
  const auto sums = Sums(reader, {file});
  ASSERT_FALSE(sums.ok());
  EXPECT_NE(std::string::npos, sums.error().message.find("bytes instead of"));
}

TEST_F(ArchiveReaderTest, WithoutAnArchiveItSaysSo) {
  ArchiveReader reader({}, clock_);
  const auto sums = Sums(reader, {ArchiveFile{.name = "hour/2026-10/7-000.parquet"}});
  ASSERT_FALSE(sums.ok());
  EXPECT_EQ(ErrorCode::kUnavailable, sums.error().code);
}

// The engine's own guard, for a file that is damaged after it was checked.
TEST_F(ArchiveReaderTest, TheEngineRefusesADamagedPage) {
  const ArchiveFile file = Write("hour/2026-10/7-000.parquet", 1, 20'000);
  FlipByte(Path(file.name), static_cast<int64_t>(file.bytes / 3));
  Statement select = ArchiveTable(Place(), std::vector{file.name}, "Parquet", ArchiveStructure());
  select.sql = "SELECT " + SummedMeasures() + ", sum(ad_group_id), max(hour) FROM " + select.sql;
  const auto read = RunStatement(store(), select, "CSV");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(std::string::npos, read.error().message.find("checksum")) << read.error().message;
}

// Files that were written before duplicates were counted have no columns of them, and their hashes
// are kept.
TEST_F(ArchiveReaderTest, AFileWithoutDuplicatesReadsAsNoneAndHashesAsBefore) {
  const std::string name = "hour/2026-11/7-000.parquet";
  std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
  const std::string before =
      "impressions, clicks, conversions, invalid_impressions, invalid_clicks, "
      "invalid_conversions, spend_micros, conversion_value_micros";
  ChdbTestStore::Run("INSERT INTO FUNCTION file('" + Path(name) +
                     "', 'Parquet') SELECT toDateTime(1796000400 + number, 'UTC') AS hour, 60 AS "
                     "hour_minutes, toUInt32(1 + number % 2) AS advertiser_id, toUInt32(7) AS "
                     "campaign_id, toUInt32(number) AS ad_group_id, toUInt32(3) AS creative_id, "
                     "'tv' AS device, 'DE' AS country, '' AS region, toUInt64(number) AS "
                     "impressions, toUInt64(2) AS clicks, toUInt64(3) AS conversions, toUInt64(4) "
                     "AS invalid_impressions, toUInt64(5) AS invalid_clicks, toUInt64(6) AS "
                     "invalid_conversions, toInt64(-7) AS spend_micros, toInt64(8) AS "
                     "conversion_value_micros FROM numbers(10)");
  Statement read = ArchiveTable(Place(), std::vector{name}, "Parquet", ArchiveStructure());
  const std::string rows = read.sql;
  read.sql =
      "SELECT count(), sum(clicks), sum(duplicate_impressions), sum(duplicate_clicks), "
      "sum(duplicate_conversions) FROM " +
      rows;
  EXPECT_EQ(RunStatement(store(), read, "CSV").value(), "10,20,0,0,0\n");

  std::string sums;
  for (std::string_view left = before; !left.empty();) {
    const std::string column(left.substr(0, left.find(',')));
    left.remove_prefix(std::min(left.size(), column.size() + 2));
    sums += ", sum(" + column + ") AS " + column;
  }
  read.sql = "SELECT " + ContentHash(rows) +
             " = (SELECT sum(cityHash64(advertiser_id, campaign_id, " + before +
             ")) FROM (SELECT advertiser_id, campaign_id" + sums + " FROM " + rows +
             " GROUP BY advertiser_id, campaign_id))";
  EXPECT_EQ(RunStatement(store(), read, "CSV").value(), "1\n");
}

TEST_F(ArchiveReaderTest, EveryMeasureIsPartOfTheHash) {
  const std::vector<std::string_view> columns = MeasureNames();
  std::set<std::string> hashes;
  for (size_t one = 0; one <= columns.size(); ++one) {  // is 1, the others are 0
    std::string rows = "(SELECT 1 AS advertiser_id, 2 AS campaign_id";
    for (size_t i = 0; i < columns.size(); ++i) {
      rows += (i == one ? ", 1 AS " : ", 0 AS ") + std::string(columns[i]);
    }
    hashes.insert(RunStatement(store(), {"SELECT " + ContentHash(rows + ")"), {}}, "CSV").value());
  }
  EXPECT_EQ(hashes.size(), columns.size() + 1);
}

}  // namespace
}  // namespace adtally
