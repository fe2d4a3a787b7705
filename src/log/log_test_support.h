#pragma once

#include <gtest/gtest.h>

#include <future>
#include <limits>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "testing/temporary_folder.h"

namespace adtally {

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
inline RecordBatch ReadAll(EventLog& log, uint32_t partition, Offset from = Offset(0)) {
  RecordBatch all;
  RecordBatch piece;
  for (;;) {
    const auto read = log.Read(Partition(partition), from, kNoOffsetLimit, 100'000, piece);
    EXPECT_TRUE(read.ok()) << read.error().message;
    if (piece.empty()) return all;
    for (const Record& record : piece) {
      EXPECT_EQ(record.offset, from);
      if (!all.empty()) {
        EXPECT_LE(all.back().append_time, record.append_time);
      }
      all.Add(record.offset, record.append_time, record.payload);
      ++from;
    }
  }
}

}  // namespace adtally
