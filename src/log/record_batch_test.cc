#include "log/record_batch.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

namespace adtally {
namespace {

struct Added {
  uint64_t offset;
  int64_t append_time;
  std::string payload;
};

void Compare(const RecordBatch& batch, const std::vector<Added>& added) {
  RC_ASSERT(batch.size() == added.size());
  RC_ASSERT(batch.empty() == added.empty());
  size_t i = 0;
  size_t bytes = 0;
  for (const Record& record : batch) {
    RC_ASSERT(record.offset == Offset(added[i].offset));
    RC_ASSERT(record.append_time == AppendTime(added[i].append_time));
    RC_ASSERT(record.payload == added[i].payload);
    RC_ASSERT(&batch[i] == &record);
    bytes += record.payload.size();
    ++i;
  }
  RC_ASSERT(i == added.size());
  RC_ASSERT(batch.payload_bytes() == bytes);
  if (added.empty()) return;
  RC_ASSERT(&batch.front() == &batch[0]);
  RC_ASSERT(&batch.back() == &batch[added.size() - 1]);
}

TEST(RecordBatchProperty, HoldsWhatWasAddedSinceItWasCleared) {
  EXPECT_TRUE(rc::check([] {
    RecordBatch batch;
    std::vector<Added> added;
    const int steps = *rc::gen::inRange(0, 200);
    for (int i = 0; i < steps; ++i) {
      switch (*rc::gen::weightedElement<int>({{40, 0}, {3, 1}, {3, 2}})) {
        case 0: {
          // Now and then one that is larger than all before it.
          const auto size = *rc::gen::weightedOneOf<size_t>(
              {{9, rc::gen::inRange<size_t>(0, 300)}, {1, rc::gen::inRange<size_t>(0, 100'000)}});
          const std::string payload(size, static_cast<char>('a' + i % 26));
          added.push_back(
              {*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<int64_t>(), payload});
          batch.Add(Offset(added.back().offset), AppendTime(added.back().append_time), payload);
          break;
        }
        case 1:
          batch.Clear();
          added.clear();
          break;
        default: {
          RecordBatch moved(std::move(batch));
          Compare(moved, added);
          batch = std::move(moved);
        }
      }
    }
    Compare(batch, added);
  }));
}

TEST(RecordBatch, KeepsItsMemoryWhenItIsCleared) {
  RecordBatch batch;
  batch.Add(Offset(1), AppendTime(1), std::string(100'000, 'x'));
  const char* const memory = batch.front().payload.data();
  batch.Clear();
  for (uint64_t i = 0; i < 1000; ++i) batch.Add(Offset(i), AppendTime(1), std::string(100, 'y'));
  EXPECT_EQ(batch.front().payload.data(), memory);
}

}  // namespace
}  // namespace adtally
