#include "log/rocksdb_log.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/rfc3339.h"
#include "log/log_db.h"

namespace adtally {
namespace {

// Room for the small files that opening a database writes, beside the records that it flushes.
constexpr uint64_t kOpeningBytes = 1 << 20;

Error Dropped(Partition partition, Offset offset, Offset begin,
              ErrorCode code = ErrorCode::kNotFound) {
  return {code, "offset " + std::to_string(offset.value) + " of partition " +
                    std::to_string(partition.value) +
                    " was dropped by retention: the log begins at " + std::to_string(begin.value)};
}

}  // namespace

Result<std::unique_ptr<EventLog>> RocksDbLog::Open(const RocksDbLogOptions& options,
                                                   const Clock& clock, Logger& logger) {
  if (options.partitions == 0 || options.path.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the event log needs a folder and log.partitions of at least 1"};
  }
  ADTALLY_ASSIGN(auto db, LogDb::Open(options));
  std::unique_ptr<RocksDbLog> log(new RocksDbLog(options, clock, logger, std::move(db)));
  ADTALLY_TRY(log->LoadTails());
  ADTALLY_TRY(log->CheckClock());
  log->writer_ = std::thread([raw = log.get()] { raw->WriterLoop(); });
  return std::unique_ptr<EventLog>(std::move(log));
}

RocksDbLog::RocksDbLog(const RocksDbLogOptions& options, const Clock& clock, Logger& logger,
                       std::unique_ptr<LogDb> db)
    : options_(options),
      clock_(clock),
      logger_(logger),
      log_id_(db->log_id()),
      last_append_times_(options.partitions),
      commit_times_(options.partitions),
      clock_guard_(clock),
      db_(std::move(db)),
      queue_(options.max_queued_bytes) {
  for (uint32_t p = 0; p < options.partitions; ++p) {
    tails_.push_back(std::make_unique<PartitionTail>());
  }
}

RocksDbLog::~RocksDbLog() {
  queue_.Close();
  if (writer_.joinable()) writer_.join();
}

// Takes the ends from the files. They may have grown by records whose write failed, but never
// shrunk.
Result<void> RocksDbLog::LoadTails() {
  std::vector<LogDb::PartitionState> states;
  for (uint32_t p = 0; p < options_.partitions; ++p) {
    ADTALLY_ASSIGN(auto state, db_->ReadState(Partition(p)));
    if (state.end < tails_[p]->end()) {
      return Error{ErrorCode::kCorrupt,
                   "partition " + std::to_string(p) + " of the " + options_.purpose + " in " +
                       options_.path + " ends at " + std::to_string(state.end.value) +
                       " but had records up to " + std::to_string(tails_[p]->end().value) +
                       ": the disk lost acknowledged records"};
    }
    states.push_back(state);
  }
  for (uint32_t p = 0; p < options_.partitions; ++p) {
    last_append_times_[p] = std::max(last_append_times_[p], states[p].last_append_time);
    tails_[p]->PublishBegin(states[p].begin);
    tails_[p]->PublishEnd(states[p].end);
    commit_times_[p].End();
  }
  appended_.Raise();
  return {};
}

Result<void> RocksDbLog::CheckClock() const {
  const int64_t now = clock_.NowMs();
  for (uint32_t p = 0; p < options_.partitions; ++p) {
    if (last_append_times_[p].value - ClockGuard::kMaxStepMs <= now) continue;
    return Error{ErrorCode::kConflict,
                 "the last record of partition " + std::to_string(p) + " of the " +
                     options_.purpose + " in " + options_.path + " was appended at " +
                     FormatRfc3339Millis(last_append_times_[p].value) +
                     ", but the machine's clock shows " + FormatRfc3339Millis(now) +
                     ": set the clock right, then start again"};
  }
  return {};
}

PartitionTail& RocksDbLog::Tail(Partition partition) const {
  ADTALLY_CHECK(partition.value < tails_.size(), "a partition that the log does not have");
  return *tails_[partition.value];
}

std::shared_lock<std::shared_mutex> RocksDbLog::UseDb() const {
  std::lock_guard turn(turnstile_);
  return std::shared_lock(db_mutex_);
}

Result<LogDb*> RocksDbLog::DbInUse() const {
  if (db_ == nullptr) return Failure();
  return db_.get();
}

void RocksDbLog::AppendAsync(std::vector<Append> records, Done done) {
  for (const auto& record : records) Tail(record.partition);
  AppendQueue::Request request{std::move(records), std::move(done)};
  if (auto added = queue_.Add(request); !added.ok()) request.done(std::move(added));
}

Result<void> RocksDbLog::Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                              RecordBatch& out) {
  out.Clear();
  PartitionTail& tail = Tail(partition);
  if (from < tail.begin()) return Dropped(partition, from, tail.begin());
  const Offset end = std::min(limit, tail.end());
  if (from >= end) return {};

  const auto lock = UseDb();
  ADTALLY_ASSIGN(LogDb * db, DbInUse());
  auto read = db->Read(partition, from, end, max_bytes, out);
  if (read.ok()) return {};
  out.Clear();
  // Retention may have passed by between the check and the read. Any other hole is damage.
  if (from < tail.begin()) return Dropped(partition, from, tail.begin());
  if (read.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kCorrupt, read.error().message + ": the folder is damaged"};
  }
  return read;
}

uint64_t RocksDbLog::WaitForAppend(uint64_t seen, int timeout_ms) {
  return appended_.Wait(seen, std::chrono::milliseconds(timeout_ms));
}

Result<Offset> RocksDbLog::BeginOffset(Partition partition) {
  return Tail(partition).begin();
}

Result<Offset> RocksDbLog::EndOffset(Partition partition) {
  return Tail(partition).end();
}

Result<Offset> RocksDbLog::OffsetAt(Partition partition, AppendTime time) {
  PartitionTail& tail = Tail(partition);
  const auto lock = UseDb();
  ADTALLY_ASSIGN(const LogDb* db, DbInUse());
  Offset low = tail.begin();
  Offset high = tail.end();
  while (low < high) {
    const Offset middle = low + (high - low) / 2;
    auto append_time = db->ReadAppendTime(partition, middle);
    if (!append_time.ok() && middle >= tail.begin()) return std::move(append_time).error();
    // A record that retention dropped meanwhile counts as too early.
    if (!append_time.ok() || *append_time < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

AppendTime RocksDbLog::SafeTime(Partition partition) {
  Tail(partition);
  return commit_times_[partition.value].Safe(clock_guard_.TrustedMs());
}

Result<void> RocksDbLog::AppendBoundary(Partition partition, Boundary boundary) {
  ADTALLY_CHECK(boundary.begin < boundary.end, "a boundary covers at least one record");
  PartitionTail& tail = Tail(partition);
  std::lock_guard serial(metadata_mutex_);
  const auto lock = UseDb();
  ADTALLY_ASSIGN(LogDb * db, DbInUse());
  if (boundary.begin < tail.begin()) return Dropped(partition, boundary.begin, tail.begin());
  auto existing = db->ReadBoundary(partition, boundary.begin);
  if (existing.ok()) return {};
  if (existing.error().code != ErrorCode::kNotFound) return std::move(existing).error();
  auto written = db->WriteBoundary(partition, boundary);
  if (!written.ok()) NoteFailure(written.error());
  return written;
}

Result<Boundary> RocksDbLog::ReadBoundary(Partition partition, Offset begin) {
  PartitionTail& tail = Tail(partition);
  const auto lock = UseDb();
  ADTALLY_ASSIGN(const LogDb* db, DbInUse());
  auto boundary = db->ReadBoundary(partition, begin);
  // Retention publishes the new begin after it removed the boundaries, so that one that is found
  // below it is still the winner.
  if (begin < tail.begin()) {
    return Dropped(partition, begin, tail.begin(), ErrorCode::kInvalidArgument);
  }
  return boundary;
}

Result<void> RocksDbLog::DropBefore(Partition partition, Offset offset) {
  PartitionTail& tail = Tail(partition);
  std::lock_guard serial(metadata_mutex_);
  const auto lock = UseDb();
  ADTALLY_ASSIGN(LogDb * db, DbInUse());
  const Offset begin = std::min(offset, tail.end());
  if (begin > tail.begin()) {
    ADTALLY_ASSIGN(AppendTime before, db->ReadAppendTime(partition, begin - 1));
    auto written = db->WriteBegin(partition, begin, before);
    if (!written.ok()) {
      NoteFailure(written.error());
      return written;
    }
    tail.PublishBegin(begin);
  }
  auto dropped = db->DropFiles(partition, tail.begin());
  if (!dropped.ok()) NoteFailure(dropped.error());
  return dropped;
}

Result<std::optional<AppendTime>> RocksDbLog::DroppedUpTo(Partition partition) {
  Tail(partition);
  const auto lock = UseDb();
  ADTALLY_ASSIGN(const LogDb* db, DbInUse());
  ADTALLY_ASSIGN(const auto begin, db->ReadBegin(partition));
  if (!begin.has_value()) return std::optional<AppendTime>();
  return std::optional(begin->append_time_before);
}

void RocksDbLog::WriterLoop() {
  constexpr std::chrono::hours kForever(1);
  const std::chrono::milliseconds between_attempts(options_.recovery_interval_ms);
  for (;;) {
    auto requests =
        queue_.Take(options_.max_commit_bytes, failed_.load() ? between_attempts : kForever);
    if (!requests.has_value()) return;
    Commit(*requests);
  }
}

void RocksDbLog::Commit(std::vector<AppendQueue::Request>& requests) {
  Result<void> written;
  if (!Writable()) {
    written = Failure();
  } else if (!requests.empty()) {
    written = WriteRecords(requests);
  }
  // A corrupt or unknown failure is the operator's matter; for the sender each means "retry later".
  if (!written.ok()) written = Error{ErrorCode::kUnavailable, written.error().message};
  queue_.Finish(requests);
  for (auto& request : requests) request.done(written);
}

Result<void> RocksDbLog::WriteRecords(const std::vector<AppendQueue::Request>& requests) {
  if (std::ranges::all_of(requests, [](const auto& r) { return r.records.empty(); })) return {};
  ADTALLY_ASSIGN(const AppendTime now, TimeToAppend());
  std::vector<Offset> ends;
  std::vector<AppendTime> times;
  for (size_t p = 0; p < tails_.size(); ++p) {
    ends.push_back(tails_[p]->end());
    times.push_back(commit_times_[p].Begin(std::max(now, last_append_times_[p])));
  }

  std::vector<LogDb::NewRecord> records;
  for (const auto& request : requests) {
    for (const auto& [partition, payload] : request.records) {
      const uint32_t p = partition.value;
      records.push_back({partition, ends[p], times[p], payload});
      ++ends[p];
    }
  }
  // After a failure nobody knows whether the records are in the log. The commit ends when the files
  // are opened again.
  if (auto written = db_->Write(records); !written.ok()) {
    NoteFailure(written.error());
    return written;
  }
  for (const auto& record : records) {
    last_append_times_[record.partition.value] = record.append_time;
  }
  for (size_t p = 0; p < tails_.size(); ++p) {
    if (ends[p] > tails_[p]->end()) tails_[p]->PublishEnd(ends[p]);
    commit_times_[p].End();
  }
  appended_.Raise();
  return {};
}

Result<AppendTime> RocksDbLog::TimeToAppend() {
  auto now = clock_guard_.TimeToAppend(*std::ranges::max_element(last_append_times_));
  if (now.ok() == clock_is_off_) {
    clock_is_off_ = !now.ok();
    if (now.ok()) {
      logger_.Info("the machine's clock is right again: the event log takes records");
    } else {
      logger_.Error(now.error().message);
    }
  }
  return now;
}

// After a failed write nobody knows what reached the WAL, and RocksDB itself might append behind a
// torn record. Opening the files again settles both, so nothing is written before that.
bool RocksDbLog::Writable() {
  if (!failed_.load()) return true;
  if (clock_.MonotonicMicros() < next_recovery_micros_) return false;
  next_recovery_micros_ = clock_.MonotonicMicros() + options_.recovery_interval_ms * 1000;
  if (db_ != nullptr && !DiskHasRoom()) return false;

  auto opened = OpenAgain();
  if (!opened.ok()) {
    std::lock_guard lock(failure_mutex_);
    failure_ = std::move(opened).error();
    return false;
  }
  failed_.store(false);
  logger_.Info("the " + options_.purpose + " in " + options_.path + " can be written again");
  return true;
}

bool RocksDbLog::DiskHasRoom() const {
  std::error_code error;
  const auto space = std::filesystem::space(options_.path, error);
  return error || space.available > db_->UnflushedBytes() + kOpeningBytes;
}

Result<void> RocksDbLog::OpenAgain() {
  std::lock_guard turn(turnstile_);
  std::unique_lock lock(db_mutex_);
  db_.reset();
  ADTALLY_ASSIGN(db_, LogDb::Open(options_));
  Result<void> loaded;
  if (db_->log_id() != log_id_) {
    loaded =
        Error{ErrorCode::kCorrupt, "the folder " + options_.path + " of the " + options_.purpose +
                                       " was replaced by another one: "
                                       "restart to use that"};
  } else {
    loaded = LoadTails();
  }
  if (!loaded.ok()) db_.reset();
  return loaded;
}

void RocksDbLog::NoteFailure(const Error& error) {
  {
    std::lock_guard lock(failure_mutex_);
    failure_ = error;
  }
  if (!failed_.exchange(true)) logger_.Error(error.message);
  queue_.Wake();
}

Error RocksDbLog::Failure() const {
  std::lock_guard lock(failure_mutex_);
  return failure_;
}

}  // namespace adtally
