#include "edge/spool_drainer.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "edge/encoded_events.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

// The same events as records of a log with another number of partitions.
Result<std::vector<RecordSink::Append>> Repartition(const std::vector<RecordSink::Append>& records,
                                                    const Partitioner& partitioner,
                                                    size_t max_record_bytes) {
  EncodedEvents events(partitioner, max_record_bytes);
  for (const RecordSink::Append& record : records) {
    EventBatchReader reader(record.payload);
    Event event;
    EventField bad = EventField::kNone;
    while (reader.Next(event, bad)) {
      if (bad != EventField::kNone) {
        return Error{ErrorCode::kCorrupt,
                     "the edge's spool holds a record that is no EventBatch: move its folder away, "
                     "its events are lost"};
      }
      events.Add(event);
    }
  }
  std::vector<RecordSink::Append> moved;
  for (EncodedEvents::Chunk& chunk : events.TakeChunks()) {
    moved.push_back({Partition(chunk.partition), std::move(chunk.batch)});
  }
  return moved;
}

}  // namespace

SpoolDrainer::SpoolDrainer(RecordSink& log, SpoolFiles& files, LogBreaker& breaker,
                           const SpoolOptions& options, const Clock& clock, Logger& logger)
    : log_(log),
      files_(files),
      breaker_(breaker),
      options_(options),
      clock_(clock),
      logger_(logger),
      thread_([this] { Run(); }) {}

void SpoolDrainer::Wake() {
  std::lock_guard lock(mutex_);
  if (std::exchange(woken_, true)) return;
  changed_.notify_all();
}

void SpoolDrainer::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void SpoolDrainer::Run() {
  int64_t retry_ms = options_.min_retry_ms;
  bool failed = false;
  while (WaitForRecords()) {
    const bool probe = failed || breaker_.open();
    failed = !DrainSome(probe ? 1 : options_.drain_bytes);
    if (failed) {
      Pause(retry_ms);
      retry_ms = std::min(2 * retry_ms, options_.max_retry_ms);
    } else {
      retry_ms = options_.min_retry_ms;
    }
  }
}

bool SpoolDrainer::WaitForRecords() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;  // before the look, so that no wake is missed
    lock.unlock();
    const bool any = files_.records() > 0;
    lock.lock();
    if (any) return !stopping_;
    changed_.wait(lock, [&] { return stopping_ || woken_; });
  }
  return false;
}

void SpoolDrainer::Pause(int64_t ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return stopping_; });
}

bool SpoolDrainer::DrainSome(size_t max_bytes) {
  auto oldest = files_.ReadOldest(max_bytes);
  if (!oldest.ok()) {
    NoteProblem(oldest.error());
    return false;
  }
  const size_t count = oldest->records.size();
  if (oldest->partitions != log_.partitions()) {
    auto moved = Repartition(oldest->records, {log_.partitions(), options_.partition_key},
                             options_.drain_bytes);
    if (!moved.ok()) {
      NoteProblem(moved.error());
      return false;
    }
    oldest->records = std::move(moved).value();
  }
  const int64_t begin = clock_.MonotonicMicros();
  const auto appended = AppendAndWait(std::move(oldest->records));
  const bool in_time = clock_.MonotonicMicros() - begin <= options_.after_ms * 1000;
  if (!appended.ok()) {
    NoteProblem(appended.error());
    return false;
  }
  if (in_time && breaker_.NoteSuccess()) {
    logger_.Info("edge: the event log takes events again; the spool drains into it");
  }
  drained_ += count;
  if (auto dropped = files_.Drop(*oldest); !dropped.ok()) {
    NoteProblem(dropped.error());
  } else {
    has_problem_ = false;
  }
  return true;
}

Result<void> SpoolDrainer::AppendAndWait(std::vector<RecordSink::Append> records) {
  const auto answer = std::make_shared<std::promise<Result<void>>>();
  auto result = answer->get_future();
  log_.AppendAsync(std::move(records),
                   [answer](Result<void> appended) { answer->set_value(std::move(appended)); });
  return result.get();
}

void SpoolDrainer::NoteProblem(const Error& error) {
  if (std::exchange(has_problem_, true)) return;
  logger_.Warning("edge: the spool cannot be drained now: " + error.message);
}

}  // namespace adtally
