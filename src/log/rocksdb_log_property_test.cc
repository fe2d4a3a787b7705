#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "log/log_test_support.h"
#include "log/rocksdb_log.h"
#include "testing/manual_clock.h"
#include "testing/memory_log.h"

namespace adtally {
namespace {

constexpr uint32_t kPartitions = 2;

// One random operation, done to both logs, which must answer alike.
class Pair {
 public:
  explicit Pair(const std::string& path) : memory_(kPartitions, clock_) {
    options_.path = path;
    options_.partitions = kPartitions;
    options_.write_buffer_bytes = 64 << 10;
    Reopen();
  }

  void Reopen() {
    rocks_.reset();
    auto opened = RocksDbLog::Open(options_, clock_, NullLogger());
    RC_ASSERT(opened.ok());
    rocks_ = std::move(opened).value();
    // What SafeTime told binds a log while it is open, even if the clock falls: here the one that
    // was opened again and the one that was not start from the same.
    clock_.Set(highest_ms_);
    for (uint32_t p = 0; p < kPartitions; ++p) CompareSafeTime(Partition(p));
  }

  void Step() {
    const Partition p(*rc::gen::inRange(0u, kPartitions));
    switch (*rc::gen::weightedElement<int>(
        {{8, 0}, {6, 1}, {3, 2}, {3, 3}, {2, 4}, {1, 5}, {1, 6}, {4, 7}})) {
      case 0:
        return Append();
      case 1:
        return Read(p);
      case 2:
        return AppendBoundary(p);
      case 3:
        return CompareBoundary(p);
      case 4:
        return CompareOffsets(p);
      case 5:
        return Drop(p);
      case 6:
        return Reopen();
      default:
        clock_.Advance(*rc::gen::inRange(-20, 100));
        highest_ms_ = std::max(highest_ms_, clock_.NowMs());
    }
  }

  void CompareAll() {
    for (uint32_t p = 0; p < kPartitions; ++p) {
      CompareOffsets(Partition(p));
      CompareRead(Partition(p), *memory_.BeginOffset(Partition(p)), kNoOffsetLimit, 1 << 30);
    }
  }

 private:
  static Offset AnyOffset() { return Offset(*rc::gen::inRange(0u, 60u)); }

  template <class T, class Equal>
  static void Same(const Result<T>& a, const Result<T>& b, Equal equal) {
    RC_ASSERT(a.ok() == b.ok());
    if (a.ok()) RC_ASSERT(equal());
    if (!a.ok()) RC_ASSERT(a.error().code == b.error().code);
  }
  template <class T>
  static void SameValue(const Result<T>& a, const Result<T>& b) {
    Same(a, b, [&] { return *a == *b; });
  }
  static void SameVoid(const Result<void>& a, const Result<void>& b) {
    Same(a, b, [] { return true; });
  }

  void Append() {
    std::vector<EventLog::Append> records;
    const auto sizes =
        *rc::gen::resize(5, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4'000)));
    for (const int size : sizes) {
      const auto letter = static_cast<char>('a' + size % 26);
      records.push_back({Partition(static_cast<uint32_t>(size) % kPartitions),
                         std::string(static_cast<size_t>(size), letter)});
    }
    SameVoid(AppendAndWait(*rocks_, records), AppendAndWait(memory_, records));
  }

  void Read(Partition p) {
    CompareRead(p, AnyOffset(), AnyOffset(), *rc::gen::inRange<size_t>(0, 20'000));
  }

  void CompareRead(Partition p, Offset from, Offset limit, size_t max_bytes) {
    RecordBatch a;
    RecordBatch b;
    const auto result = rocks_->Read(p, from, limit, max_bytes, a);
    SameVoid(result, memory_.Read(p, from, limit, max_bytes, b));
    RC_ASSERT(a.size() == b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      RC_ASSERT(a[i].offset == b[i].offset);
      RC_ASSERT(a[i].append_time == b[i].append_time);
      RC_ASSERT(a[i].payload == b[i].payload);
    }
  }

  void AppendBoundary(Partition p) {
    const Offset begin = AnyOffset();
    const Boundary boundary{begin, begin + *rc::gen::inRange(1u, 10u)};
    SameVoid(rocks_->AppendBoundary(p, boundary), memory_.AppendBoundary(p, boundary));
  }

  void CompareBoundary(Partition p) {
    const Offset begin = AnyOffset();
    SameValue(rocks_->ReadBoundary(p, begin), memory_.ReadBoundary(p, begin));
  }

  void CompareOffsets(Partition p) {
    SameValue(rocks_->BeginOffset(p), memory_.BeginOffset(p));
    SameValue(rocks_->EndOffset(p), memory_.EndOffset(p));
    const AppendTime time(clock_.NowMs() + *rc::gen::inRange(-500, 50));
    SameValue(rocks_->OffsetAt(p, time), memory_.OffsetAt(p, time));
    SameValue(rocks_->DroppedUpTo(p), memory_.DroppedUpTo(p));
    CompareSafeTime(p);
  }

  void CompareSafeTime(Partition p) { RC_ASSERT(rocks_->SafeTime(p) == memory_.SafeTime(p)); }

  void Drop(Partition p) {
    const Offset offset = AnyOffset();
    SameVoid(rocks_->DropBefore(p, offset), memory_.DropBefore(p, offset));
  }

  ManualClock clock_{1'000'000};
  int64_t highest_ms_ = 1'000'000;
  RocksDbLogOptions options_;
  MemoryLog memory_;
  std::unique_ptr<EventLog> rocks_;
};

TEST(RocksDbLogProperty, BehavesAsTheLogInMemory) {
  EXPECT_TRUE(rc::check([] {
    TemporaryFolder folder;
    Pair pair(folder.path());
    const int steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) pair.Step();
    pair.CompareAll();
    pair.Reopen();
    pair.CompareAll();
  }));
}

}  // namespace
}  // namespace adtally
