#include "store/chdb_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "store/chdb_engine_test_support.h"

namespace adtally {
namespace {

using ChdbStreamTest = ChdbEngineTest;

// Counts what comes, and leaves after `most` bytes.
class CountingSink final : public OutputSink {
 public:
  explicit CountingSink(size_t most = SIZE_MAX) : most_(most) {}
  bool Write(std::string_view piece) override {
    ++pieces;
    bytes += piece.size();
    if (kept.size() < 64) kept += piece.substr(0, 64);
    end = piece.substr(piece.size() - std::min<size_t>(piece.size(), 16));
    return bytes <= most_;
  }
  bool Wanted() const override { return wanted; }

  std::atomic<bool> wanted{true};
  size_t pieces = 0;
  size_t bytes = 0;
  std::string kept;
  std::string end;

 private:
  const size_t most_;
};

bool Runs(Store& store, std::string_view part) {
  const auto running = store.Query(
      "SELECT count() FROM system.processes WHERE position(query, {part:String}) > 0 AND "
      "position(query, 'system.processes') = 0",
      {{"part", std::string(part)}}, "TSV");
  return *running != "0\n";
}

TEST_F(ChdbStreamTest, AStreamComesInPiecesAndIsWhole) {
  CountingSink sink;
  const auto streamed = store_->QueryStream(
      "SELECT number AS n, {s:String} AS s FROM numbers({rows:UInt64}) ORDER BY n SETTINGS "
      "max_threads = 2",
      {{"s", "it's\t\\"}, {"rows", "1000000"}}, "CSVWithNames", sink);
  ASSERT_TRUE(streamed.ok()) << streamed.error().message;
  EXPECT_TRUE(sink.kept.starts_with("\"n\",\"s\"\n0,\"it's\t\\\"\n1,")) << sink.kept;
  EXPECT_TRUE(sink.end.ends_with("999999,\"it's\t\\\"\n")) << sink.end;
  // The numbers' digits, and ten bytes a row beside them.
  EXPECT_EQ(sink.bytes, 5'888'890u + 10 * 1'000'000 + 8);
  EXPECT_GT(sink.pieces, 50u);

  CountingSink parquet;
  ASSERT_TRUE(
      store_->QueryStream("SELECT number FROM numbers(300000)", {}, "Parquet", parquet).ok());
  EXPECT_TRUE(parquet.kept.starts_with("PAR1"));
  EXPECT_TRUE(parquet.end.ends_with("PAR1"));
}

TEST_F(ChdbStreamTest, AStreamThatFailsInTheMiddleSaysSo) {
  CountingSink sink;
  const auto streamed = store_->QueryStream(
      "SELECT throwIf(number = 900000, 'on purpose') FROM numbers(1000000)", {}, "CSV", sink);
  ASSERT_FALSE(streamed.ok());
  EXPECT_GT(sink.bytes, 0u);
  EXPECT_NE(streamed.error().message.find("on purpose"), std::string::npos);
  EXPECT_EQ(Ask("SELECT 1"), "1\n");
  CountingSink none;
  const auto wrong = store_->QueryStream("SELECT nonsense", {}, "CSV", none);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(none.pieces, 0u);
}

TEST_F(ChdbStreamTest, AReaderThatLeavesStopsTheQuery) {
  CountingSink sink(200'000);
  const auto begin = std::chrono::steady_clock::now();
  const auto streamed =
      store_->QueryStream("SELECT number FROM numbers(100000000000)", {}, "CSV", sink);
  EXPECT_EQ(streamed.error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_FALSE(Runs(*store_, "100000000000"));
  // Also before there is anything to read.
  CountingSink gone;
  std::thread leaver([&] {
    while (!Runs(*store_, "200000000000")) std::this_thread::yield();
    gone.wanted = false;
  });
  EXPECT_FALSE(store_
                   ->QueryStream("SELECT sum(cityHash64(number)) FROM numbers(200000000000)", {},
                                 "CSV", gone)
                   .ok());
  leaver.join();
  EXPECT_EQ(gone.pieces, 0u);
  EXPECT_FALSE(Runs(*store_, "200000000000"));
  CountingSink next;
  EXPECT_TRUE(store_->QueryStream("SELECT 1", {}, "CSV", next).ok());
}

TEST_F(ChdbStreamTest, AStreamThatIsReadSlowlyKeepsNobodyWaiting) {
  struct Slow final : OutputSink {
    std::atomic<bool> go{false};
    std::atomic<bool> begun{false};
    size_t bytes = 0;
    bool Write(std::string_view piece) override {
      begun = true;
      bytes += piece.size();
      while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return true;
    }
    bool Wanted() const override { return true; }
  } slow;
  std::thread reader([&] {
    EXPECT_TRUE(store_->QueryStream("SELECT number FROM numbers(1000000)", {}, "TSV", slow).ok());
  });
  while (!slow.begun) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Ask("SELECT count() FROM numbers(1000)"), "1000\n");
  slow.go = true;
  reader.join();
  EXPECT_EQ(slow.bytes, 6'888'890u);
}

// What sorting and grouping hold in memory is bounded: the rest goes to disk.
TEST_F(ChdbStreamTest, AStreamCanBeSortedAndGroupedOnDisk) {
  CountingSink sink;
  const auto streamed = store_->QueryStream(
      "SELECT k, count() AS c FROM (SELECT cityHash64(number) AS k FROM numbers(2000000)) GROUP BY "
      "k ORDER BY k SETTINGS max_bytes_before_external_group_by = 10000000, "
      "max_bytes_before_external_sort = 10000000",
      {}, "RowBinary", sink);
  ASSERT_TRUE(streamed.ok()) << streamed.error().message;
  EXPECT_EQ(sink.bytes, 2'000'000u * 16);
}

}  // namespace
}  // namespace adtally
