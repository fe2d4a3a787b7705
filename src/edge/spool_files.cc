#include "edge/spool_files.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "log/fixed_bytes.h"
#include "log/rocksdb_log.h"

namespace adtally {
namespace {

constexpr Partition kOnly(0);
constexpr size_t kHeaderBytes = 16;

struct Header {
  uint32_t partitions;
  uint32_t partition;
  uint64_t place;
};

std::string Stored(const Header& header, std::string_view payload) {
  std::string stored;
  stored.reserve(kHeaderBytes + payload.size());
  stored.append(View(LittleEndian(header.partitions)));
  stored.append(View(LittleEndian(header.partition)));
  stored.append(View(LittleEndian(header.place)));
  stored.append(payload);
  return stored;
}

Result<Header> ReadHeader(std::string_view stored) {
  if (stored.size() >= kHeaderBytes) {
    const Header header{ReadLittleEndian<uint32_t>(stored),
                        ReadLittleEndian<uint32_t>(stored.substr(4)),
                        ReadLittleEndian<uint64_t>(stored.substr(8))};
    if (header.partition < header.partitions) return header;
  }
  return Error{ErrorCode::kCorrupt,
               "the edge's spool holds a record that it did not write: move its folder away, its "
               "events are lost"};
}

// Little memory, since it is empty most of the time.
RocksDbLogOptions FilesOptions(const std::string& path) {
  RocksDbLogOptions options;
  options.path = path;
  options.partitions = 1;
  options.write_buffer_bytes = 16 << 20;
  options.total_write_buffer_bytes = 24 << 20;
  options.max_wal_bytes = 64 << 20;
  options.purpose = "edge's spool";
  options.when_damaged =
      "move the folder away to start with an empty one; events in it are lost unless they reached "
      "the log";
  return options;
}

}  // namespace

Result<std::unique_ptr<SpoolFiles>> SpoolFiles::Open(const std::string& path, uint64_t max_bytes,
                                                     const Clock& clock, Logger& logger) {
  ADTALLY_ASSIGN(auto files, RocksDbLog::Open(FilesOptions(path), clock, logger));
  return Create(std::move(files), max_bytes);
}

Result<std::unique_ptr<SpoolFiles>> SpoolFiles::Create(std::unique_ptr<EventLog> files,
                                                       uint64_t max_bytes) {
  ADTALLY_CHECK(files->partitions() == 1, "a spool is a log of one partition");
  std::unique_ptr<SpoolFiles> spool(new SpoolFiles(std::move(files), max_bytes));
  ADTALLY_TRY(spool->Load());
  return spool;
}

SpoolFiles::SpoolFiles(std::unique_ptr<EventLog> files, uint64_t max_bytes)
    : max_bytes_(max_bytes), files_(std::move(files)) {}

SpoolFiles::~SpoolFiles() = default;

Result<void> SpoolFiles::Load() {
  ADTALLY_ASSIGN(next_, files_->BeginOffset(kOnly));
  ADTALLY_ASSIGN(const Offset end, files_->EndOffset(kOnly));
  if (next_ == end) return {};
  RecordBatch record;
  ADTALLY_TRY(files_->Read(kOnly, next_, next_ + 1, 1, record));
  ADTALLY_ASSIGN(const Header first, ReadHeader(record.front().payload));
  ADTALLY_TRY(files_->Read(kOnly, end - 1, end, 1, record));
  ADTALLY_ASSIGN(const Header last, ReadHeader(record.front().payload));
  begin_at_ = first.place;
  end_at_ = std::max(begin_at_, last.place + record.front().payload.size());
  return {};
}

bool SpoolFiles::Reserve(uint64_t bytes, uint64_t& place) {
  std::lock_guard lock(mutex_);
  if (end_at_ - begin_at_ + bytes > max_bytes_) return false;
  place = std::exchange(end_at_, end_at_ + bytes);
  ++under_way_;
  return true;
}

void SpoolFiles::Release(uint64_t bytes, bool stored) {
  std::lock_guard lock(mutex_);
  --under_way_;
  // Some of them may be stored after all, and even dropped already.
  if (!stored) end_at_ = std::max(begin_at_, end_at_ - bytes);
}

void SpoolFiles::Append(const std::vector<RecordSink::Append>& records, uint32_t partitions,
                        RecordSink::Done done) {
  uint64_t bytes = 0;
  for (const auto& record : records) bytes += kHeaderBytes + record.payload.size();
  uint64_t place = 0;
  if (!Reserve(bytes, place)) {
    return done(Error{ErrorCode::kUnavailable,
                      "the edge's spool is full: edge.spool_max_mb is " +
                          std::to_string(max_bytes_ >> 20) +
                          ", and the event log takes nothing that would make room"});
  }
  std::vector<EventLog::Append> stored;
  stored.reserve(records.size());
  for (const auto& record : records) {
    stored.push_back({kOnly, Stored({partitions, record.partition.value, place}, record.payload)});
    place += stored.back().payload.size();
  }
  files_->AppendAsync(std::move(stored), [this, bytes, done = std::move(done)](Result<void> r) {
    Release(bytes, r.ok());
    done(std::move(r));
  });
}

Result<SpoolFiles::Oldest> SpoolFiles::ReadOldest(size_t max_bytes) {
  constexpr Offset kNoLimit(std::numeric_limits<uint64_t>::max());
  Oldest oldest;
  {
    std::lock_guard lock(mutex_);
    oldest.end = next_;
  }
  RecordBatch batch;
  ADTALLY_TRY(files_->Read(kOnly, oldest.end, kNoLimit, max_bytes, batch));
  for (const Record& record : batch) {
    ADTALLY_ASSIGN(const Header header, ReadHeader(record.payload));
    if (oldest.records.empty()) oldest.partitions = header.partitions;
    if (header.partitions != oldest.partitions) break;
    oldest.records.push_back(
        {Partition(header.partition), std::string(record.payload.substr(kHeaderBytes))});
    oldest.end = record.offset + 1;
    oldest.end_place = header.place + record.payload.size();
  }
  return oldest;
}

Result<void> SpoolFiles::Drop(const Oldest& read) {
  {
    std::lock_guard lock(mutex_);
    next_ = read.end;
    begin_at_ = std::max(begin_at_, read.end_place);
    end_at_ = std::max(begin_at_, end_at_);
  }
  return files_->DropBefore(kOnly, read.end);
}

bool SpoolFiles::empty() const {
  {
    std::lock_guard lock(mutex_);
    if (under_way_ > 0) return false;
  }
  return records() == 0;
}

uint64_t SpoolFiles::records() const {
  const auto end = files_->EndOffset(kOnly);
  std::lock_guard lock(mutex_);
  return end.ok() && *end > next_ ? *end - next_ : 0;
}

uint64_t SpoolFiles::bytes() const {
  std::lock_guard lock(mutex_);
  return end_at_ - begin_at_;
}

std::optional<int64_t> SpoolFiles::OldestMs() const {
  Offset oldest;
  {
    std::lock_guard lock(mutex_);
    oldest = next_;
  }
  const auto end = files_->EndOffset(kOnly);
  if (!end.ok() || oldest >= *end) return std::nullopt;
  const auto time = files_->AppendTimeOf(kOnly, oldest);
  return time.ok() ? std::optional(time->value) : std::nullopt;
}

}  // namespace adtally
