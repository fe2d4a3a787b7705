#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "log/log_test_support.h"
#include "log/rocksdb_log.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

// A closed log whose records are all in its WAL, and what becomes of it when bytes of that change.
class RocksDbLogWalTest : public ::testing::Test {
 protected:
  RocksDbLogWalTest() {
    options_.path = folder_.path() + "/log";
    options_.partitions = 1;
  }

  // Returns the WAL's size before the last record.
  size_t Write(int records, size_t payload_bytes) {
    {
      auto log = RocksDbLog::Open(options_, clock_, NullLogger());
      EXPECT_TRUE(log.ok());
      for (int i = 0; i + 1 < records; ++i) {
        EXPECT_TRUE(AppendOne(**log, 0, std::string(payload_bytes, 'p')).ok());
      }
      EXPECT_TRUE((*log)->AppendBoundary(Partition(0), {Offset(0), Offset(1)}).ok());
      const size_t before = ReadWal().size();
      EXPECT_TRUE(AppendOne(**log, 0, std::string(payload_bytes, 'p')).ok());
      before_last_ = before;
    }
    wal_ = ReadWal();
    std::filesystem::rename(options_.path, folder_.path() + "/kept");
    return before_last_;
  }

  std::string WalPath() const {
    std::string path;
    for (const auto& entry : std::filesystem::directory_iterator(options_.path)) {
      if (entry.path().extension() == ".log") {
        EXPECT_TRUE(path.empty());
        path = entry.path();
      }
    }
    return path;
  }

  std::string ReadWal() const {
    std::ifstream file(WalPath(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Makes a copy of the log with this WAL.
  void Place(const std::string& wal) {
    std::filesystem::remove_all(options_.path);
    std::filesystem::copy(folder_.path() + "/kept", options_.path,
                          std::filesystem::copy_options::recursive);
    std::ofstream(WalPath(), std::ios::binary | std::ios::trunc) << wal;
  }

  Result<std::unique_ptr<EventLog>> OpenWith(const std::string& wal) {
    Place(wal);
    return RocksDbLog::Open(options_, clock_, NullLogger());
  }

  void ExpectRecords(const std::string& wal, uint64_t records) {
    auto log = OpenWith(wal);
    ASSERT_TRUE(log.ok()) << log.error().message;
    EXPECT_EQ(*(*log)->EndOffset(Partition(0)), Offset(records));
    EXPECT_TRUE((*log)->ReadBoundary(Partition(0), Offset(0)).ok());
    EXPECT_TRUE(AppendOne(**log, 0, "next").ok());
    log = Error{ErrorCode::kInternal, "closed"};
    log = RocksDbLog::Open(options_, clock_, NullLogger());
    ASSERT_TRUE(log.ok()) << log.error().message;
    EXPECT_EQ(ReadAll(**log, 0).size(), records + 1);
  }

  void ExpectRefused(const std::string& wal) {
    Place(wal);
    ExpectRefused();
  }
  void ExpectRefused() {
    const auto log = RocksDbLog::Open(options_, clock_, NullLogger());
    ASSERT_FALSE(log.ok()) << "it has " << (*log)->EndOffset(Partition(0))->value << " records";
    EXPECT_EQ(log.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(log.error().message, HasSubstr("restore the whole data folder from a copy taken"));
    EXPECT_THAT(log.error().message, HasSubstr("move log, store and ids away together"));
  }

  std::string Flipped(size_t at) const {
    std::string wal = wal_;
    wal[at] = static_cast<char>(~wal[at]);
    return wal;
  }

  TemporaryFolder folder_;
  ManualClock clock_{1'000'000};
  RocksDbLogOptions options_;
  std::string wal_;
  size_t before_last_ = 0;
};

TEST_F(RocksDbLogWalTest, OpensAfterALastRecordCutAnywhere) {
  const size_t before_last = Write(8, 20);
  for (size_t size = before_last; size < wal_.size(); ++size) {
    SCOPED_TRACE(size - before_last);
    ExpectRecords(wal_.substr(0, size), 7);
  }
}

TEST_F(RocksDbLogWalTest, OpensAfterALastRecordOfZerosFromAnywhere) {
  const size_t before_last = Write(8, 20);
  for (size_t size = before_last; size < wal_.size(); size += 3) {
    SCOPED_TRACE(size - before_last);
    std::string wal = wal_.substr(0, size);
    wal.resize(wal_.size(), '\0');
    ExpectRecords(wal, 7);
  }
}

TEST_F(RocksDbLogWalTest, OpensWithZerosAfterTheLastRecord) {
  Write(8, 20);
  for (const size_t zeros : {1, 6, 7, 100, 40'000, 1'000'000}) {
    SCOPED_TRACE(zeros);
    ExpectRecords(wal_ + std::string(zeros, '\0'), 8);
  }
}

TEST_F(RocksDbLogWalTest, RefusesAFlippedByteAnywhere) {
  Write(8, 20);
  for (size_t at = 0; at < wal_.size(); at += 3) {
    SCOPED_TRACE(at);
    ExpectRefused(Flipped(at));
  }
}

TEST_F(RocksDbLogWalTest, RefusesATornWalThatAnotherOneFollows) {
  Write(8, 20);
  Place(wal_.substr(0, wal_.size() - 5));
  std::ofstream(options_.path + "/900000.log", std::ios::binary) << wal_;
  ExpectRefused();
}

TEST_F(RocksDbLogWalTest, OpensAfterALargeLastRecordThatIsNotWhole) {
  const size_t before_last = Write(4, 150'000);
  const size_t last = wal_.size() - before_last;
  for (int part = 1; part < 8; ++part) {
    const size_t at = before_last + last * static_cast<size_t>(part) / 8;
    ExpectRecords(wal_.substr(0, at), 3);
    // A page that did not reach the disk, although later ones did.
    std::string wal = wal_;
    wal.replace(at - at % 4096, 4096, std::string(4096, '\0'));
    ExpectRecords(wal, 3);
  }
}

TEST_F(RocksDbLogWalTest, RefusesDamageInLargeRecords) {
  const size_t before_last = Write(4, 150'000);
  for (int part = 0; part < 8; ++part) {
    const size_t at = before_last * static_cast<size_t>(part) / 8;
    ExpectRefused(Flipped(at));
    std::string wal = wal_;
    wal.replace(at - at % 4096, 4096, std::string(4096, '\0'));
    ExpectRefused(wal);
  }
  ExpectRefused(Flipped((before_last + wal_.size()) / 2));
}

}  // namespace
}  // namespace adtally
