#include "edge/event_appender.h"

#include <utility>

#include "base/check.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

// What a waiter costs beside its bytes, so that many tiny requests are bounded too.
constexpr size_t kWaiterBytes = 256;

}  // namespace

EventAppender::EventAppender(RecordSink& log, EventAppenderOptions options, EdgeStats& stats)
    : log_(log),
      options_(options),
      partitioner_(log.partitions(), options.partition_key),
      partitions_(log.partitions()),
      stats_(stats) {
  ADTALLY_CHECK(options_.max_in_flight > 0, "nothing could ever be appended");
}

EventAppender::~EventAppender() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return Idle(); });
}

bool EventAppender::Idle() const {
  return groups_.empty() && in_flight_ == 0 && completing_ == 0 && !dispatching_;
}

void EventAppender::Append(const Event& event, Done done) {
  thread_local std::string batch;
  batch.clear();
  AppendToBatch(event, batch);
  const uint32_t partition = partitioner_.PartitionOfEvent(event);
  auto waiter = std::make_shared<Waiter>(Waiter{std::move(done), 0, std::nullopt});

  std::unique_lock lock(mutex_);
  if (!HasRoom(batch.size() + kWaiterBytes)) {
    lock.unlock();
    return Refuse(waiter->done);
  }
  Add(partition, batch, waiter);
  Dispatch(lock);
}

void EventAppender::Append(EncodedEvents events, Done done) {
  ADTALLY_CHECK(events.events() > 0, "an append needs an event");
  ADTALLY_CHECK(events.partitions() == partitions_, "the events were encoded for another log");
  const size_t bytes = events.bytes();
  std::vector<EncodedEvents::Chunk> chunks = events.TakeChunks();
  auto waiter = std::make_shared<Waiter>(Waiter{std::move(done), 0, std::nullopt});

  std::unique_lock lock(mutex_);
  if (!HasRoom(bytes + kWaiterBytes)) {
    lock.unlock();
    return Refuse(waiter->done);
  }
  for (EncodedEvents::Chunk& chunk : chunks) Add(std::move(chunk), waiter);
  Dispatch(lock);
}

// An empty queue takes anything: a request larger than the bound would otherwise fail for ever.
bool EventAppender::HasRoom(size_t bytes) const {
  return queued_bytes_ == 0 || queued_bytes_ + bytes <= options_.max_queue_bytes;
}

void EventAppender::Refuse(const Done& done) {
  done(Error{ErrorCode::kResourceExhausted,
             "too many events are waiting for the event log; send this request again later"});
}

// The group that the next chunk of `waiter` goes to. The waiter counts each group once.
EventAppender::Group& EventAppender::GroupFor(size_t bytes, const WaiterPtr& waiter) {
  if (groups_.empty() || (groups_.back().bytes + bytes > options_.max_group_bytes)) {
    groups_.emplace_back(partitions_);
  }
  Group& group = groups_.back();
  size_t added = bytes;
  if (group.waiters.empty() || group.waiters.back() != waiter) {
    group.waiters.push_back(waiter);
    ++waiter->groups_left;
    added += kWaiterBytes;
  }
  group.bytes += added;
  queued_bytes_ += added;
  return group;
}

void EventAppender::Add(uint32_t partition, std::string_view batch, const WaiterPtr& waiter) {
  Group& group = GroupFor(batch.size(), waiter);
  std::string& open = group.open[partition];
  if (!open.empty() && open.size() + batch.size() > options_.max_record_bytes) {
    group.full.push_back({Partition(partition), std::exchange(open, {})});
  }
  open.append(batch);
}

void EventAppender::Add(EncodedEvents::Chunk chunk, const WaiterPtr& waiter) {
  Group& group = GroupFor(chunk.batch.size(), waiter);
  std::string& open = group.open[chunk.partition];
  if (open.size() + chunk.batch.size() <= options_.max_record_bytes) {
    if (open.empty()) {
      open = std::move(chunk.batch);
    } else {
      open.append(chunk.batch);
    }
    return;
  }
  if (open.size() < chunk.batch.size()) std::swap(open, chunk.batch);
  // The fuller of the two goes out as it is; the other one may still grow.
  group.full.push_back({Partition(chunk.partition), std::exchange(open, std::move(chunk.batch))});
}

// One thread at a time, so that a log that refuses at once (and completes inside Send) cannot
// recurse.
void EventAppender::Dispatch(std::unique_lock<std::mutex>& lock) {
  if (dispatching_) return;
  dispatching_ = true;
  while (!groups_.empty() && in_flight_ < options_.max_in_flight) {
    Group group = std::move(groups_.front());
    groups_.pop_front();
    ++in_flight_;
    lock.unlock();
    Send(std::move(group));
    lock.lock();
  }
  dispatching_ = false;
  if (Idle()) idle_.notify_all();
}

void EventAppender::Send(Group group) {
  std::vector<RecordSink::Append> records = std::move(group.full);
  for (uint32_t p = 0; p < partitions_; ++p) {
    if (!group.open[p].empty()) records.push_back({Partition(p), std::move(group.open[p])});
  }
  size_t payload_bytes = 0;
  for (const RecordSink::Append& record : records) payload_bytes += record.payload.size();
  stats_.log_appends.Add();
  stats_.log_records.Add(records.size());
  stats_.log_bytes.Add(payload_bytes);
  log_.AppendAsync(std::move(records),
                   [this, waiters = std::move(group.waiters), bytes = group.bytes](
                       Result<void> result) { Complete(waiters, bytes, std::move(result)); });
}

void EventAppender::Complete(const std::vector<WaiterPtr>& waiters, size_t bytes,
                             Result<void> result) {
  if (!result.ok()) stats_.log_failures.Add();
  std::vector<WaiterPtr> ready;
  ready.reserve(waiters.size());
  std::unique_lock lock(mutex_);
  for (const WaiterPtr& waiter : waiters) {
    if (!result.ok() && !waiter->error) {
      const bool full = result.error().code == ErrorCode::kResourceExhausted;
      waiter->error = Error{full ? ErrorCode::kResourceExhausted : ErrorCode::kUnavailable,
                            result.error().message};
    }
    if (--waiter->groups_left == 0) ready.push_back(waiter);
  }
  queued_bytes_ -= bytes;
  --in_flight_;
  ++completing_;
  Dispatch(lock);  // the log gets its next group before the answers are written
  lock.unlock();

  for (const WaiterPtr& waiter : ready) {
    waiter->done(waiter->error ? Result<void>(std::move(*waiter->error)) : Result<void>());
  }
  ready.clear();

  lock.lock();
  --completing_;
  if (Idle()) idle_.notify_all();
}

}  // namespace adtally
