#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/event_log.h"

namespace adtally {

// Passes every call on to another log: the base of logs that misbehave in one call.
class PassingEventLog : public EventLog {
 public:
  explicit PassingEventLog(EventLog& log) : log_(log) {}
  uint32_t partitions() const override { return log_.partitions(); }
  std::string log_id() const override { return log_.log_id(); }
  void AppendAsync(std::vector<Append> records, Done done) override {
    log_.AppendAsync(std::move(records), std::move(done));
  }
  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override {
    return log_.Read(partition, from, limit, max_bytes, out);
  }
  uint64_t WaitForAppend(uint64_t seen, int timeout_ms) override {
    return log_.WaitForAppend(seen, timeout_ms);
  }
  Result<Offset> BeginOffset(Partition partition) override { return log_.BeginOffset(partition); }
  Result<Offset> EndOffset(Partition partition) override { return log_.EndOffset(partition); }
  Result<Offset> RecentEnd(Partition partition) override { return log_.RecentEnd(partition); }
  Result<AppendTime> AppendTimeOf(Partition partition, Offset offset) override {
    return log_.AppendTimeOf(partition, offset);
  }
  Result<Offset> OffsetAt(Partition partition, AppendTime time) override {
    return log_.OffsetAt(partition, time);
  }
  AppendTime SafeTime(Partition partition) override { return log_.SafeTime(partition); }
  void StopReading(Partition partition) override { log_.StopReading(partition); }
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override {
    return log_.AppendBoundary(partition, boundary);
  }
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) override {
    return log_.ReadBoundary(partition, begin);
  }
  Result<void> DropBefore(Partition partition, Offset offset) override {
    return log_.DropBefore(partition, offset);
  }
  Result<std::optional<AppendTime>> DroppedUpTo(Partition partition) override {
    return log_.DroppedUpTo(partition);
  }

 protected:
  EventLog& log_;
};

}  // namespace adtally
