#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/edge_options.h"
#include "edge/edge_stats.h"
#include "edge/encoded_events.h"
#include "edge/partitioner.h"
#include "event/event.h"
#include "log/record_sink.h"

namespace adtally {

// Gathers the events of many requests into few appends to the log. Thread-safe.
//
// While `max_in_flight` appends are under way, what arrives is concatenated per partition into
// groups (concatenated EventBatches are an EventBatch); each completed append sends the next group.
// So an idle edge appends at once, and a busy one pays for a sync with as many events as arrived
// during the former one.
//
// Two appends in flight: while the log syncs one group it already holds the next, so the disk never
// waits for the way from its completion through this class back to it. That pays with a log that
// syncs everything queued at once. A log that syncs every append by itself is better off with one:
// more split the same events over more syncs.
//
// Invariants, under the mutex:
//  1. Every group has at least one waiter and one byte, and at most max_group_bytes unless one
//     chunk is larger.
//  2. queued_bytes_ is the sum of all groups, waiting and in flight.
//  3. A waiter is called once, when the last group that holds some of its events is done, and
//     outside the mutex.
class EventAppender {
 public:
  // ok: the events are durable. kResourceExhausted: too much is queued, here or in the log.
  // kUnavailable: the log failed; some of the events may be in it, and sending them again is safe.
  // Called from a thread of the log, or from the caller's when refused at once. It must not block.
  using Done = RecordSink::Done;

  // The log, or what stands before it, and the stats must outlive the appender.
  EventAppender(RecordSink& log, EventAppenderOptions options, EdgeStats& stats);
  // Waits until everything queued is answered. No Append may be under way or follow.
  ~EventAppender();

  // The views in `event` are not kept.
  void Append(const Event& event, Done done);
  // All of them, or an error. Must hold at least one event, encoded for this log's partitions.
  void Append(EncodedEvents events, Done done);

  const Partitioner& partitioner() const { return partitioner_; }
  size_t max_record_bytes() const { return options_.max_record_bytes; }

 private:
  struct Waiter {
    Done done;
    uint32_t groups_left = 0;
    std::optional<Error> error;  // the first one
  };
  using WaiterPtr = std::shared_ptr<Waiter>;
  struct Group {
    explicit Group(uint32_t partitions) : open(partitions) {}
    std::vector<std::string> open;  // the record that grows, by partition
    std::vector<RecordSink::Append> full;
    size_t bytes = 0;
    std::vector<WaiterPtr> waiters;
  };

  bool HasRoom(size_t bytes) const;
  void Refuse(const Done& done);
  Group& GroupFor(size_t bytes, const WaiterPtr& waiter);
  void Add(uint32_t partition, std::string_view batch, const WaiterPtr& waiter);
  void Add(EncodedEvents::Chunk chunk, const WaiterPtr& waiter);
  void Dispatch(std::unique_lock<std::mutex>& lock);
  void Send(Group group);
  void Complete(const std::vector<WaiterPtr>& waiters, size_t bytes, Result<void> result);
  bool Idle() const;

  RecordSink& log_;
  const EventAppenderOptions options_;
  const Partitioner partitioner_;
  const uint32_t partitions_;
  EdgeStats& stats_;

  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Group> groups_;  // waiting, oldest first
  size_t queued_bytes_ = 0;
  int in_flight_ = 0;
  int completing_ = 0;        // threads that call waiters
  bool dispatching_ = false;  // a thread is in Dispatch: it will see whatever others queue
};

}  // namespace adtally
