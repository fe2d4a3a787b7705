#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "log/append_signal.h"
#include "log/event_log.h"
#include "log/kafka_log_options.h"
#include "log/partition_tail.h"

namespace adtally {

class KafkaBoundaries;
class KafkaProducer;
class KafkaQueries;
class KafkaReader;

// An event log in an Apache Kafka cluster. One record is one payload; offsets are Kafka's.
//
// Two topics with the same number of partitions: the events, and the boundaries of checkpoints
// (KafkaBoundaries), made with the settings that they need when absent and checked otherwise
// (kafka_topics.h). What is acknowledged is held by all in-sync replicas.
//
// Old events are dropped by Kafka's own retention, and by nothing else: others may read the topic,
// too. So DropBefore drops boundaries only, and a partition whose counting is behind by more than
// the retention loses events: reading them gives kNotFound, and counting stops there.
//
// While brokers do not answer, appends get kUnavailable: after append_timeout_ms, and at once when
// that is known. Reads get it after read_timeout_ms. Both go on by themselves when the brokers are
// back.
class KafkaLog final : public EventLog {
 public:
  // Waits up to `start_timeout_ms` for the brokers. `clock` and `logger` must outlive the log.
  // Errors: kInvalidArgument when options or topics do not fit; kConflict when the topics are of
  // different logs; kUnavailable when the cluster does not answer.
  static Result<std::unique_ptr<EventLog>> Open(const KafkaLogOptions& options, const Clock& clock,
                                                Logger& logger, int start_timeout_ms = 15'000);
  // Waits for what is being appended, append_timeout_ms at most.
  ~KafkaLog() override;

  uint32_t partitions() const override { return options_.partitions; }
  std::string log_id() const override;
  void AppendAsync(std::vector<Append> records, Done done) override;
  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override;
  uint64_t WaitForAppend(uint64_t seen, int timeout_ms) override;
  Result<Offset> BeginOffset(Partition partition) override;
  // Asks the brokers: others append too.
  Result<Offset> EndOffset(Partition partition) override;
  // At most about 200 ms old while the brokers answer.
  Result<Offset> RecentEnd(Partition partition) override;
  Result<AppendTime> AppendTimeOf(Partition partition, Offset offset) override;
  Result<Offset> OffsetAt(Partition partition, AppendTime time) override;
  AppendTime SafeTime(Partition partition) override;
  void StopReading(Partition partition) override;
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override;
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) override;
  Result<void> DropBefore(Partition partition, Offset offset) override;
  Result<std::optional<AppendTime>> DroppedUpTo(Partition partition) override;

 private:
  KafkaLog(const KafkaLogOptions& options, const Clock& clock, Logger& logger);
  Result<void> Connect(int start_timeout_ms);
  // Asks the brokers how far the partitions go.
  Result<void> Observe();
  void Watch();
  Error Unreachable() const;
  PartitionTail& Tail(Partition partition) const;
  // The offsets from `begin` to the end that Kafka told hold no record.
  struct EmptyEnd {
    Offset begin;
    Offset end;
  };
  // A record at `offset` can be read.
  void NoteReadable(Partition partition, Offset offset);

  struct Clients;

  const KafkaLogOptions options_;
  const Clock& clock_;
  Logger& logger_;
  AppendSignal appended_;
  std::vector<std::unique_ptr<PartitionTail>> tails_;
  std::mutex tails_mutex_;  // of the writers of tails_, and of the next
  std::vector<EmptyEnd> empty_ends_;
  std::atomic<int64_t> observed_ms_{0};   // when the brokers told the ends, by our clock
  std::atomic<bool> unreachable_{false};  // they did not when asked last
  std::unique_ptr<Clients> clients_;

  std::mutex stop_mutex_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;
  std::thread watcher_;
};

}  // namespace adtally
