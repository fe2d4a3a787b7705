#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "log/append_time_runs.h"
#include "log/kafka_queries.h"
#include "log/kafka_stream.h"
#include "log/record_batch.h"

namespace adtally {

// Reads one partition of the events topic, and gives its records append times that never fall.
//
// Kafka's own timestamps may step back when the leader changes, as each broker stamps with its own
// clock. The append time of a record is the largest timestamp up to it: a function of the topic,
// the same for all who read it. Where reading does not begin at the first record, the largest one
// before is found by the topic's time index (MaxTimeBefore). Retention may drop the record that
// held it; the times of the records after it, as far as they lie before it, are then taken as they
// are. That concerns records that are as old as the retention, give or take what the clocks differ.
//
// There is one position, which the counting moves on. Another offset is a seek, of about 100 ms.
// Records that were handed out stay until a read begins behind them, so that a caller who took only
// some of them reads the rest without one. Thread-safe.
class KafkaReader {
 public:
  KafkaReader(rd_kafka_s* client, KafkaQueries& queries, const KafkaLogOptions& options,
              Partition partition, std::function<void()> filled);

  // Records of [from, limit) as in EventLog::Read. Gives the offset up to which there are no
  // others. While that is below `due` and there is no record, it waits, read_timeout_ms at most,
  // then gives kUnavailable. kNotFound when the topic does not have `from`.
  Result<Offset> Read(Offset from, Offset limit, Offset due, size_t max_bytes, RecordBatch& out);

  // Fetches no more, and drops what was fetched, until the next read.
  void Stop();

  // Of a record that the topic has. Does not wait for the brokers if it was read lately.
  Result<AppendTime> TimeOf(Offset offset);

 private:
  struct Held {
    KafkaMessage message;
    AppendTime append_time;
  };

  void Forget();
  Result<void> Seek(Offset from);
  Result<void> Fill(int timeout_ms);
  Result<void> Hold(KafkaMessage message);
  Result<std::optional<AppendTime>> MaxBefore(Offset end);

  KafkaQueries& queries_;
  const KafkaLogOptions options_;
  const Partition partition_;

  std::mutex mutex_;
  KafkaStream stream_;
  std::deque<KafkaMessage> fresh_;  // empty between calls; keeps its memory
  std::deque<Held> held_;           // all records of [held_from_, held_to_)
  Offset held_from_{1};
  Offset held_to_;     // what the stream gives next, or shall when it was stopped
  AppendTime latest_;  // the largest timestamp before latest_to_
  Offset latest_to_;

  std::mutex times_mutex_;  // after mutex_; TimeOf must not wait for a read
  AppendTimeRuns times_;
};

}  // namespace adtally
