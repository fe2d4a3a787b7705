#include "log/kafka_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "log/kafka_boundaries.h"
#include "log/kafka_producer.h"
#include "log/kafka_queries.h"
#include "log/kafka_reader.h"
#include "log/kafka_topics.h"

namespace adtally {
namespace {

// How often the brokers are asked how far the partitions go: what others append is known by then,
// and SafeTime is as old.
constexpr std::chrono::milliseconds kObserveEvery(200);
// How far the brokers' clocks and ours may be apart, together with how long a record that another
// process appended may be replicated: SafeTime lies so far back.
constexpr int64_t kClockAllowanceMs = 1000;
// At least what a partition reads ahead.
constexpr size_t kMinFetchedBytes = size_t{4} << 20;

// Counting that meets it is behind by more than the retention, unless another process goes on.
Error Dropped(const KafkaLogOptions& options, Partition partition, Offset offset, Offset begin,
              ErrorCode code = ErrorCode::kNotFound) {
  return {code,
          fmt::format("topic {}: retention dropped offset {} of partition {}, which begins at {} "
                      "now: if no other process counted it, events are lost; raise retention.ms "
                      "to save the other partitions; this one cannot be counted exactly any more, "
                      "and going on takes other topics, an empty data folder and store.database",
                      options.topic, offset.value, partition.value, begin.value)};
}

}  // namespace

// Destroyed in reverse: the readers before their client.
struct KafkaLog::Clients {
  explicit Clients(Logger& logger) : read_callbacks(logger) {}
  std::unique_ptr<KafkaQueries> queries;
  std::unique_ptr<KafkaProducer> producer;
  std::unique_ptr<KafkaBoundaries> boundaries;
  KafkaCallbacks read_callbacks;
  KafkaClient read_client;
  std::vector<std::unique_ptr<KafkaReader>> readers;
};

Result<std::unique_ptr<EventLog>> KafkaLog::Open(const KafkaLogOptions& options, const Clock& clock,
                                                 Logger& logger, int start_timeout_ms) {
  if (options.partitions == 0 || options.brokers.empty() ||
      options.topic == options.checkpoints_topic) {
    return Error{ErrorCode::kInvalidArgument,
                 "a log in Kafka needs log.brokers, log.partitions of at least 1, and "
                 "log.checkpoints_topic other than log.topic"};
  }
  std::unique_ptr<KafkaLog> log(new KafkaLog(options, clock, logger));
  ADTALLY_TRY(log->Connect(start_timeout_ms));
  log->watcher_ = std::thread([raw = log.get()] { raw->Watch(); });
  return std::unique_ptr<EventLog>(std::move(log));
}

KafkaLog::KafkaLog(const KafkaLogOptions& options, const Clock& clock, Logger& logger)
    : options_(options),
      clock_(clock),
      logger_(logger),
      empty_ends_(options.partitions),
      clients_(std::make_unique<Clients>(logger)) {
  for (uint32_t p = 0; p < options.partitions; ++p) {
    tails_.push_back(std::make_unique<PartitionTail>());
  }
}

KafkaLog::~KafkaLog() {
  {
    std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

Result<void> KafkaLog::Connect(int start_timeout_ms) {
  Clients& clients = *clients_;
  ADTALLY_ASSIGN(clients.queries, KafkaQueries::Open(options_, logger_));
  ADTALLY_TRY(PrepareKafkaTopics(options_, *clients.queries, start_timeout_ms));
  ADTALLY_ASSIGN(clients.producer,
                 KafkaProducer::Open(options_, clock_, logger_,
                                     [this](KafkaProducer::Topic topic, Partition p, Offset at) {
                                       if (topic == KafkaProducer::Topic::kEvents) {
                                         NoteReadable(p, at);
                                       }
                                     }));
  ADTALLY_ASSIGN(clients.boundaries,
                 KafkaBoundaries::Open(options_, *clients.queries, *clients.producer, logger_));
  const size_t bytes = std::max(kMinFetchedBytes, options_.max_fetched_bytes / options_.partitions);
  ADTALLY_ASSIGN(clients.read_client,
                 MakeKafkaClient(KafkaClientKind::kConsumer, options_, KafkaStreamSettings(bytes),
                                 clients.read_callbacks));
  for (uint32_t p = 0; p < options_.partitions; ++p) {
    clients.readers.push_back(
        std::make_unique<KafkaReader>(clients.read_client.get(), *clients.queries, options_,
                                      Partition(p), [this] { appended_.Raise(); }));
  }
  return Observe();
}

Result<void> KafkaLog::Observe() {
  const int64_t asked_ms = clock_.NowMs();
  KafkaQueries& queries = *clients_->queries;
  ADTALLY_ASSIGN(const auto ends, queries.Ends(options_.topic, options_.read_timeout_ms));
  ADTALLY_ASSIGN(const auto begins, queries.Begins(options_.topic, options_.read_timeout_ms));
  bool grown = false;
  {
    std::lock_guard lock(tails_mutex_);
    for (size_t p = 0; p < tails_.size(); ++p) {
      if (ends[p] > tails_[p]->end()) {
        tails_[p]->PublishEnd(ends[p]);
        grown = true;
      }
      if (begins[p] > tails_[p]->begin()) tails_[p]->PublishBegin(begins[p]);
    }
  }
  observed_ms_.store(asked_ms);
  if (grown) appended_.Raise();
  return {};
}

void KafkaLog::Watch() {
  std::unique_lock lock(stop_mutex_);
  while (!stop_changed_.wait_for(lock, kObserveEvery, [&] { return stopping_; })) {
    lock.unlock();
    const auto observed = Observe();
    if (!observed.ok() && !unreachable_.exchange(true)) {
      logger_.Error(observed.error().message);
    } else if (observed.ok() && unreachable_.exchange(false)) {
      logger_.Info(fmt::format("Kafka at {} answers again", options_.brokers));
    }
    lock.lock();
  }
}

PartitionTail& KafkaLog::Tail(Partition partition) const {
  ADTALLY_CHECK(partition.value < tails_.size(), "a partition that the log does not have");
  return *tails_[partition.value];
}

void KafkaLog::NoteReadable(Partition partition, Offset offset) {
  {
    std::lock_guard lock(tails_mutex_);
    PartitionTail& tail = Tail(partition);
    if (offset < tail.end()) return;
    tail.PublishEnd(offset + 1);
  }
  appended_.Raise();
}

Error KafkaLog::Unreachable() const {
  return {ErrorCode::kUnavailable,
          fmt::format("Kafka at {} does not answer: retry later", options_.brokers)};
}

std::string KafkaLog::log_id() const {
  return clients_->boundaries->log_id();
}

void KafkaLog::AppendAsync(std::vector<Append> records, Done done) {
  for (const Append& record : records) Tail(record.partition);
  if (unreachable_.load()) {
    // Else a queue of appends would wait for the timeout one after the other.
    return done(Unreachable());
  }
  clients_->producer->Produce(KafkaProducer::Topic::kEvents, std::move(records), std::move(done));
}

Result<void> KafkaLog::Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                            RecordBatch& out) {
  out.Clear();
  PartitionTail& tail = Tail(partition);
  if (from < tail.begin()) return Dropped(options_, partition, from, tail.begin());
  if (from >= limit) return {};
  const Offset end = tail.end();
  const auto read = clients_->readers[partition.value]->Read(from, limit, end, max_bytes, out);
  if (read.ok()) {
    if (!out.empty()) NoteReadable(partition, out.back().offset);
    if (out.empty() && from < end && *read >= end) {
      std::lock_guard lock(tails_mutex_);
      empty_ends_[partition.value] = {from, end};
    }
    return {};
  }
  out.Clear();
  if (read.error().code != ErrorCode::kNotFound) return read.error();
  // Retention passed by, or the topic lost what it had.
  ADTALLY_TRY(Observe());
  if (from < tail.begin()) return Dropped(options_, partition, from, tail.begin());
  return Error{
      ErrorCode::kUnavailable,
      fmt::format("Kafka at {}: {}, although the log had records up to {}: retrying; if it "
                  "stays so, the topic was made anew or lost acknowledged records",
                  options_.brokers, read.error().message, end.value)};
}

uint64_t KafkaLog::WaitForAppend(uint64_t seen, int timeout_ms) {
  return appended_.Wait(seen, std::chrono::milliseconds(timeout_ms));
}

Result<Offset> KafkaLog::BeginOffset(Partition partition) {
  return Tail(partition).begin();
}

Result<Offset> KafkaLog::EndOffset(Partition partition) {
  if (unreachable_.load()) return Unreachable();
  ADTALLY_ASSIGN(const Offset end,
                 clients_->queries->End(options_.topic, partition, options_.read_timeout_ms));
  if (end > Offset(0)) NoteReadable(partition, end - 1);
  return RecentEnd(partition);
}

Result<Offset> KafkaLog::RecentEnd(Partition partition) {
  const Offset end = Tail(partition).end();
  std::lock_guard lock(tails_mutex_);
  const EmptyEnd& empty = empty_ends_[partition.value];
  return empty.end == end ? empty.begin : end;
}

void KafkaLog::StopReading(Partition partition) {
  Tail(partition);
  clients_->readers[partition.value]->Stop();
}

Result<AppendTime> KafkaLog::AppendTimeOf(Partition partition, Offset offset) {
  PartitionTail& tail = Tail(partition);
  if (offset < tail.begin()) return Dropped(options_, partition, offset, tail.begin());
  if (offset >= tail.end()) {
    return Error{ErrorCode::kNotFound, fmt::format("partition {} has no record at offset {} yet",
                                                   partition.value, offset.value)};
  }
  return clients_->readers[partition.value]->TimeOf(offset);
}

// The first record whose running maximum reaches `time` is the first whose own timestamp does.
Result<Offset> KafkaLog::OffsetAt(Partition partition, AppendTime time) {
  PartitionTail& tail = Tail(partition);
  const Offset end = tail.end();
  ADTALLY_ASSIGN(const auto first, clients_->queries->FirstAt(options_.topic, partition, time,
                                                              options_.read_timeout_ms));
  return std::max(first.value_or(end), tail.begin());
}

// Records that this process appends are stamped after they were handed over, so the oldest without
// an answer holds it back; of others' records the last answer of the brokers tells.
AppendTime KafkaLog::SafeTime(Partition partition) {
  Tail(partition);
  // In this order: what is acknowledged after the first line was in the log when the ends are read.
  const int64_t oldest = clients_->producer->OldestUnderWayMs().value_or(observed_ms_.load());
  return AppendTime(std::min(oldest, observed_ms_.load()) - kClockAllowanceMs);
}

Result<void> KafkaLog::AppendBoundary(Partition partition, Boundary boundary) {
  ADTALLY_CHECK(boundary.begin < boundary.end, "a boundary covers at least one record");
  PartitionTail& tail = Tail(partition);
  if (boundary.begin < tail.begin())
    return Dropped(options_, partition, boundary.begin, tail.begin());
  if (unreachable_.load()) return Unreachable();
  return clients_->boundaries->Append(partition, boundary);
}

Result<Boundary> KafkaLog::ReadBoundary(Partition partition, Offset begin) {
  PartitionTail& tail = Tail(partition);
  auto boundary = clients_->boundaries->Read(partition, begin);
  // Boundaries are dropped up to a begin that was published before.
  if (begin < tail.begin()) {
    return Dropped(options_, partition, begin, tail.begin(), ErrorCode::kInvalidArgument);
  }
  return boundary;
}

// Boundaries are kept as long as the events that they begin with are: who counts those again must
// cut them at the same places.
Result<void> KafkaLog::DropBefore(Partition partition, Offset offset) {
  return clients_->boundaries->DropBefore(partition, std::min(offset, Tail(partition).begin()));
}

// Kafka does not tell when what it dropped was appended. It is not later than the first record that
// is kept, nor than the retention before now (unless someone deleted records by hand).
Result<std::optional<AppendTime>> KafkaLog::DroppedUpTo(Partition partition) {
  PartitionTail& tail = Tail(partition);
  const Offset begin = tail.begin();
  if (begin == Offset(0)) return std::optional<AppendTime>();
  AppendTime dropped(clock_.NowMs() - options_.min_retention_ms);
  if (begin < tail.end()) {
    ADTALLY_ASSIGN(const AppendTime first_kept, AppendTimeOf(partition, begin));
    dropped = std::min(dropped, first_kept);
  }
  return std::optional(dropped);
}

}  // namespace adtally
