#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <limits>
#include <string>
#include <vector>

#include "log/event_log.h"

namespace adtally {

// A new folder that is removed with all it holds.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "adtally-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline constexpr Offset kNoOffsetLimit(std::numeric_limits<uint64_t>::max());

inline Result<void> AppendAndWait(EventLog& log, std::vector<EventLog::Append> records) {
  std::promise<Result<void>> promise;
  log.AppendAsync(std::move(records), [&](Result<void> result) { promise.set_value(result); });
  return promise.get_future().get();
}

inline Result<void> AppendOne(EventLog& log, uint32_t partition, std::string payload) {
  return AppendAndWait(log, {{Partition(partition), std::move(payload)}});
}

// The records from `from` to the end, read in pieces; checks that they are dense and in order of
// append time.
inline std::vector<Record> ReadAll(EventLog& log, uint32_t partition, Offset from = Offset(0)) {
  std::vector<Record> all;
  std::vector<Record> piece;
  for (;;) {
    const auto read = log.Read(Partition(partition), from, kNoOffsetLimit, 100'000, piece);
    EXPECT_TRUE(read.ok()) << read.error().message;
    if (piece.empty()) return all;
    for (auto& record : piece) {
      EXPECT_EQ(record.offset, from);
      if (!all.empty()) {
        EXPECT_LE(all.back().append_time, record.append_time);
      }
      all.push_back(std::move(record));
      ++from;
    }
  }
}

}  // namespace adtally
