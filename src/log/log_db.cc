#include "log/log_db.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "log/fixed_bytes.h"
#include "log/random_uuid.h"
#include "log/rocksdb_support.h"
#include "log/wal_tail.h"

namespace adtally {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr char kBoundaries[] = "boundaries";
constexpr char kIdentityKey[] = "log";
constexpr size_t kIdentityHeader = 2 * sizeof(uint32_t);
constexpr size_t kAppendTimeBytes = sizeof(int64_t);
constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kSmallWriteBuffer = 1 << 20;

std::string EventsName(uint32_t partition) {
  return "events." + std::to_string(partition);
}
std::string BeginKey(Partition partition) {
  return "begin." + std::to_string(partition.value);
}

std::array<char, 12> BoundaryKey(Partition partition, Offset begin) {
  std::array<char, 12> key;
  std::ranges::copy(BigEndian(partition.value), key.begin());
  std::ranges::copy(BigEndian(begin.value), key.begin() + sizeof(uint32_t));
  return key;
}

rocksdb::WriteOptions Synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

Error Fail(const rocksdb::Status& status, const RocksDbLogOptions& options) {
  return RocksDbError(status, options.purpose, options.path, options.when_damaged);
}

Error Damaged(const RocksDbLogOptions& options, const std::string& detail) {
  return Fail(rocksdb::Status::Corruption(detail), options);
}

}  // namespace

Result<std::unique_ptr<LogDb>> LogDb::Open(const RocksDbLogOptions& options) {
  std::unique_ptr<LogDb> log(new LogDb(options));
  ADTALLY_TRY(log->OpenFiles());
  ADTALLY_TRY(log->ReadIdentity());
  for (uint32_t p = 0; p < options.partitions; ++p) {
    auto* family = log->Family(EventsName(p));
    if (family == nullptr) return Damaged(options, "no column family " + EventsName(p));
    log->events_.push_back(family);
  }
  if (log->Family(kBoundaries) == nullptr) {
    return Damaged(options, "no column family of boundaries");
  }
  return log;
}

LogDb::LogDb(const RocksDbLogOptions& options) : options_(options) {}

LogDb::~LogDb() {
  if (db_ == nullptr) return;
  for (auto& [name, family] : families_) db_->DestroyColumnFamilyHandle(family);
  // What Close could report was reported by the write that failed; acknowledged records are in the
  // WAL.
  db_->Close().PermitUncheckedError();
}

rocksdb::ColumnFamilyHandle* LogDb::Family(const std::string& name) const {
  const auto it = families_.find(name);
  return it == families_.end() ? nullptr : it->second;
}

static rocksdb::ColumnFamilyOptions FamilyOptions(const std::string& name,
                                                  const RocksDbLogOptions& options) {
  if (name.starts_with("events.")) {
    return GrowingKeysOptions(options.write_buffer_bytes, kBlockBytes, /*compress=*/true);
  }
  rocksdb::ColumnFamilyOptions small;
  small.write_buffer_size = kSmallWriteBuffer;
  return small;
}

Result<void> LogDb::OpenFiles() {
  std::error_code folder_error;
  std::filesystem::create_directories(options_.path, folder_error);
  if (folder_error) {
    return Error{ErrorCode::kUnavailable, "the folder " + options_.path + " of the " +
                                              options_.purpose +
                                              " cannot be made: " + folder_error.message()};
  }
  rocksdb::DBOptions db_options =
      SmallDbOptions(options_.total_write_buffer_bytes, options_.max_wal_bytes);
  if (options_.env != nullptr) db_options.env = options_.env;

  std::vector<std::string> names = {rocksdb::kDefaultColumnFamilyName};
  const bool exists = db_options.env->FileExists(options_.path + "/CURRENT").ok();
  if (exists) {
    const auto listed = rocksdb::DB::ListColumnFamilies(db_options, options_.path, &names);
    if (!listed.ok()) return Fail(listed, options_);
  } else {
    ADTALLY_TRY(SyncParentFolder());
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const auto& name : names) descriptors.emplace_back(name, FamilyOptions(name, options_));

  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const auto open = [&](rocksdb::WALRecoveryMode mode) {
    db_options.wal_recovery_mode = mode;
    return rocksdb::DB::Open(db_options, options_.path, descriptors, &handles, &db);
  };
  // RocksDB's tolerant modes take damage in the middle of the WAL for its end, at least when it
  // hits a length, and drop acknowledged records after it in silence. So one is used only when we
  // have seen that nothing but the last write is incomplete.
  auto opened = open(rocksdb::WALRecoveryMode::kAbsoluteConsistency);
  if (opened.IsCorruption()) {
    ADTALLY_ASSIGN(const bool torn, WalIsTorn());
    if (torn) opened = open(rocksdb::WALRecoveryMode::kPointInTimeRecovery);
  }
  if (!opened.ok()) return Fail(opened, options_);
  db_.reset(db);
  for (size_t i = 0; i < names.size(); ++i) families_[names[i]] = handles[i];
  return {};
}

// Whether the last write is incomplete and nothing else in the WAL is damaged.
Result<bool> LogDb::WalIsTorn() const {
  rocksdb::Env* env = options_.env != nullptr ? options_.env : rocksdb::Env::Default();
  std::vector<std::string> names;
  const auto listed = env->GetChildren(options_.path, &names);
  if (!listed.ok()) return Fail(listed, options_);
  // A name is a number filled with zeros. One longer than the others is greater.
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
  std::ranges::sort(names, {},
                    [](const std::string& name) { return std::pair(name.size(), name); });

  bool torn = false;
  for (const auto& name : names) {
    std::string bytes;
    const auto read = rocksdb::ReadFileToString(env, options_.path + "/" + name, &bytes);
    if (!read.ok()) return Fail(read, options_);
    if (torn && WalHasRecord(bytes)) return false;
    const WalEnd end = InspectWal(bytes);
    if (end == WalEnd::kDamaged) return false;
    torn = torn || end == WalEnd::kTorn;
  }
  return torn;
}

// Without it a power failure could take the new folder itself.
Result<void> LogDb::SyncParentFolder() const {
  rocksdb::Env* env = options_.env != nullptr ? options_.env : rocksdb::Env::Default();
  const auto parent = std::filesystem::absolute(options_.path).lexically_normal().parent_path();
  std::unique_ptr<rocksdb::Directory> folder;
  auto status = env->NewDirectory(parent.string(), &folder);
  if (status.ok()) status = folder->Fsync();
  if (!status.ok()) return Fail(status, options_);
  return {};
}

Result<void> LogDb::ReadIdentity() {
  std::string value;
  const auto status = db_->Get({}, kIdentityKey, &value);
  if (status.IsNotFound()) return CreateLog();
  if (!status.ok()) return Fail(status, options_);
  if (value.size() <= kIdentityHeader) return Damaged(options_, "the log's identity is cut");

  const auto version = ReadLittleEndian<uint32_t>(value);
  const auto partitions = ReadLittleEndian<uint32_t>(std::string_view(value).substr(4));
  if (version != kFormatVersion) {
    return Error{ErrorCode::kInvalidArgument,
                 "the " + options_.purpose + " in " + options_.path + " has format version " +
                     std::to_string(version) + ", this program reads version " +
                     std::to_string(kFormatVersion) + ": use the program that wrote it"};
  }
  if (partitions != options_.partitions) {
    return Error{ErrorCode::kInvalidArgument,
                 "log.partitions is " + std::to_string(options_.partitions) +
                     ", but the event log in " + options_.path + " was made with " +
                     std::to_string(partitions) + ": set it to " + std::to_string(partitions) +
                     ", or use a new data folder"};
  }
  log_id_ = value.substr(kIdentityHeader);
  return {};
}

Result<void> LogDb::CreateLog() {
  std::vector<std::string> names = {kBoundaries};
  for (uint32_t p = 0; p < options_.partitions; ++p) names.push_back(EventsName(p));
  for (const auto& name : names) {
    if (families_.contains(name)) continue;
    rocksdb::ColumnFamilyHandle* family = nullptr;
    const auto created = db_->CreateColumnFamily(FamilyOptions(name, options_), name, &family);
    if (!created.ok()) return Fail(created, options_);
    families_[name] = family;
  }
  log_id_ = RandomUuid();
  std::string value;
  value.append(View(LittleEndian(kFormatVersion)));
  value.append(View(LittleEndian(options_.partitions)));
  value.append(log_id_);
  const auto written = db_->Put(Synced(), kIdentityKey, value);
  if (!written.ok()) return Fail(written, options_);
  return {};
}

uint64_t LogDb::UnflushedBytes() const {
  uint64_t bytes = 0;
  db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &bytes);
  return bytes;
}

Result<LogDb::PartitionState> LogDb::ReadState(Partition partition) const {
  PartitionState state;
  ADTALLY_ASSIGN(const auto begin, ReadBegin(partition));
  if (begin.has_value()) {
    state.begin = begin->offset;
    state.last_append_time = begin->append_time_before;
  }
  state.end = state.begin;

  std::unique_ptr<rocksdb::Iterator> last(db_->NewIterator({}, events_[partition.value]));
  last->SeekToLast();
  if (!last->status().ok()) return Fail(last->status(), options_);
  if (!last->Valid()) return state;
  if (last->key().size() != sizeof(uint64_t) || last->value().size() < kAppendTimeBytes) {
    return Damaged(options_, "the last record of " + EventsName(partition.value) + " is cut");
  }
  const Offset end = Offset(ReadBigEndian<uint64_t>(last->key().ToStringView())) + 1;
  if (end < state.begin) return state;
  const AppendTime time(ReadLittleEndian<int64_t>(last->value().ToStringView()));
  state.end = end;
  state.last_append_time = std::max(state.last_append_time, time);
  return state;
}

Result<std::optional<LogDb::Begin>> LogDb::ReadBegin(Partition partition) const {
  std::string value;
  const auto status = db_->Get({}, BeginKey(partition), &value);
  if (status.IsNotFound()) return std::optional<Begin>();
  if (!status.ok()) return Fail(status, options_);
  if (value.size() != 16) return Damaged(options_, BeginKey(partition) + " is cut");
  const Offset offset(ReadLittleEndian<uint64_t>(value));
  const AppendTime before(ReadLittleEndian<int64_t>(std::string_view(value).substr(8)));
  return std::optional(Begin{offset, before});
}

Result<void> LogDb::Write(std::span<const NewRecord> records) {
  size_t bytes = 0;
  for (const auto& record : records) bytes += record.payload.size() + 32;
  rocksdb::WriteBatch batch(bytes);
  for (const auto& record : records) {
    const auto key = BigEndian(record.offset.value);
    const auto time = LittleEndian(record.append_time.value);
    const std::array<rocksdb::Slice, 1> keys = {ToSlice(View(key))};
    const std::array<rocksdb::Slice, 2> values = {ToSlice(View(time)), ToSlice(record.payload)};
    const auto put =
        batch.Put(events_[record.partition.value], rocksdb::SliceParts(keys.data(), keys.size()),
                  rocksdb::SliceParts(values.data(), values.size()));
    if (!put.ok()) return Fail(put, options_);
  }
  const auto status = db_->Write(Synced(), &batch);
  if (!status.ok()) return Fail(status, options_);
  return {};
}

// The iterator has no upper bound: RocksDB would compare each key with it, and the offsets tell as
// well where to stop. Its counters of the thread are off, since nobody reads them. Each is a tenth
// of what a small record costs.
Result<void> LogDb::Read(Partition partition, Offset from, Offset end, size_t max_bytes,
                         RecordBatch& out) const {
  constexpr size_t kReadahead = 1 << 20;
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  rocksdb::ReadOptions read;
  read.fill_cache = false;  // a log is read once, in order
  if (max_bytes >= kReadahead) read.readahead_size = kReadahead;

  const auto first_key = BigEndian(from.value);
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read, events_[partition.value]));
  size_t bytes = 0;
  it->Seek(ToSlice(View(first_key)));
  for (Offset expected = from; expected < end; ++expected) {
    if (expected != from) it->Next();
    const bool found = it->Valid() && it->key().size() == sizeof(uint64_t) &&
                       it->value().size() >= kAppendTimeBytes &&
                       ReadBigEndian<uint64_t>(it->key().ToStringView()) == expected.value;
    if (!found) {
      if (!it->status().ok()) return Fail(it->status(), options_);
      return Error{ErrorCode::kNotFound, "record " + std::to_string(expected.value) +
                                             " of partition " + std::to_string(partition.value) +
                                             " is not in the event log in " + options_.path};
    }
    const std::string_view value = it->value().ToStringView();
    const std::string_view payload = value.substr(kAppendTimeBytes);
    if (!out.empty() && bytes + payload.size() > max_bytes) break;
    bytes += payload.size();
    out.Add(expected, AppendTime(ReadLittleEndian<int64_t>(value)), payload);
  }
  return {};
}

Result<AppendTime> LogDb::ReadAppendTime(Partition partition, Offset offset) const {
  rocksdb::PinnableSlice value;
  const auto key = BigEndian(offset.value);
  const auto status = db_->Get({}, events_[partition.value], ToSlice(View(key)), &value);
  if (status.IsNotFound()) {
    return Error{ErrorCode::kNotFound, "record " + std::to_string(offset.value) + " of partition " +
                                           std::to_string(partition.value) +
                                           " is not in the event log in " + options_.path};
  }
  if (!status.ok()) return Fail(status, options_);
  if (value.size() < kAppendTimeBytes) {
    return Damaged(options_, "record " + std::to_string(offset.value) + " is cut");
  }
  return AppendTime(ReadLittleEndian<int64_t>(value.ToStringView()));
}

Result<void> LogDb::WriteBoundary(Partition partition, Boundary boundary) {
  const auto key = BoundaryKey(partition, boundary.begin);
  const auto value = LittleEndian(boundary.end.value);
  const auto status =
      db_->Put(Synced(), Family(kBoundaries), ToSlice(View(key)), ToSlice(View(value)));
  if (!status.ok()) return Fail(status, options_);
  return {};
}

Result<Boundary> LogDb::ReadBoundary(Partition partition, Offset begin) const {
  std::string value;
  const auto key = BoundaryKey(partition, begin);
  const auto status = db_->Get({}, Family(kBoundaries), ToSlice(View(key)), &value);
  if (status.IsNotFound()) {
    return Error{ErrorCode::kNotFound, "no checkpoint of partition " +
                                           std::to_string(partition.value) + " begins at offset " +
                                           std::to_string(begin.value)};
  }
  if (!status.ok()) return Fail(status, options_);
  if (value.size() != sizeof(uint64_t)) return Damaged(options_, "a boundary is cut");
  return Boundary{begin, Offset(ReadLittleEndian<uint64_t>(value))};
}

Result<void> LogDb::WriteBegin(Partition partition, Offset begin, AppendTime append_time_before) {
  std::string value(View(LittleEndian(begin.value)));
  value.append(View(LittleEndian(append_time_before.value)));
  const auto first = BoundaryKey(partition, Offset(0));
  const auto last = BoundaryKey(partition, begin);
  rocksdb::WriteBatch batch;
  auto status = batch.Put(BeginKey(partition), value);
  if (status.ok()) {
    status = batch.DeleteRange(Family(kBoundaries), ToSlice(View(first)), ToSlice(View(last)));
  }
  if (status.ok()) status = db_->Write(Synced(), &batch);
  if (!status.ok()) return Fail(status, options_);
  return {};
}

Result<void> LogDb::DropFiles(Partition partition, Offset begin) {
  const auto first_key = BigEndian(uint64_t{0});
  const auto end_key = BigEndian(begin.value);
  const rocksdb::Slice first = ToSlice(View(first_key));
  const rocksdb::Slice end = ToSlice(View(end_key));
  const auto status = rocksdb::DeleteFilesInRange(db_.get(), events_[partition.value], &first, &end,
                                                  /*include_end=*/false);
  if (!status.ok()) return Fail(status, options_);
  return {};
}

}  // namespace adtally
