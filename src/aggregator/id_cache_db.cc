#include "aggregator/id_cache_db.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "aggregator/id_cache_entry.h"
#include "log/fixed_bytes.h"
#include "log/rocksdb_support.h"

namespace adtally {
namespace {

constexpr char kLogIdKey[] = "log";
constexpr char kWhat[] = "id cache";
constexpr size_t kMaxWal = 1 << 20;           // of the few small keys that have one
constexpr size_t kMinWriteBuffer = 64 << 10;  // RocksDB's own least
constexpr size_t kBlockBytes = 64 << 10;
constexpr size_t kReadahead = 4 << 20;
constexpr IdBlockKey kLastKey{Offset(std::numeric_limits<uint64_t>::max()),
                              std::numeric_limits<uint32_t>::max()};

std::string FamilyName(Partition partition) {
  return "ids." + std::to_string(partition.value);
}
std::string FloorKey(Partition partition) {
  return "floor." + std::to_string(partition.value);
}
std::string FloorValue(Offset floor) {
  return std::string(View(LittleEndian(floor.value)));
}

rocksdb::WriteOptions Unlogged() {
  rocksdb::WriteOptions write;
  write.disableWAL = true;
  return write;
}

rocksdb::WriteOptions Synced() {
  rocksdb::WriteOptions write;
  write.sync = true;
  return write;
}

rocksdb::DBOptions DatabaseOptions(const RocksDbIdCacheOptions& options) {
  rocksdb::DBOptions database = SmallDbOptions(options.write_buffer_bytes, kMaxWal);
  if (options.env != nullptr) database.env = options.env;
  return database;
}

bool IsDamage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound() ||
         status.IsNotSupported() || status.IsPathNotFound();
}

}  // namespace

Result<std::unique_ptr<IdCacheDb>> IdCacheDb::Open(const std::string& path,
                                                   const std::string& log_id,
                                                   const RocksDbIdCacheOptions& options) {
  std::unique_ptr<IdCacheDb> db(new IdCacheDb(path, options));
  const auto opened = db->OpenFiles();
  if (IsDamage(opened)) {
    return Error{ErrorCode::kCorrupt, "is damaged (" + opened.ToString() + ")"};
  }
  if (!opened.ok()) return db->Fail(opened);
  ADTALLY_TRY(db->CheckIdentity(log_id));
  return db;
}

Result<void> IdCacheDb::Destroy(const std::string& path, const RocksDbIdCacheOptions& options) {
  const auto status = rocksdb::DestroyDB(path, {DatabaseOptions(options), {}});
  if (!status.ok()) return RocksDbError(status, kWhat, path);
  return {};
}

IdCacheDb::IdCacheDb(std::string path, const RocksDbIdCacheOptions& options)
    : path_(std::move(path)), options_(options) {}

IdCacheDb::~IdCacheDb() {
  if (db_ == nullptr) return;
  for (auto& [name, family] : families_) db_->DestroyColumnFamilyHandle(family);
  db_->Close().PermitUncheckedError();  // what is not written is read from the log again
}

rocksdb::Status IdCacheDb::OpenFiles() {
  const rocksdb::DBOptions options = DatabaseOptions(options_);
  std::vector<std::string> names = {rocksdb::kDefaultColumnFamilyName};
  if (options.env->FileExists(path_ + "/CURRENT").ok()) {
    auto listed = rocksdb::DB::ListColumnFamilies(options, path_, &names);
    if (!listed.ok()) return listed;
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const auto& name : names) descriptors.emplace_back(name, FamilyOptions(name));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  auto opened = rocksdb::DB::Open(options, path_, descriptors, &handles, &db);
  if (!opened.ok()) return opened;
  db_.reset(db);
  for (size_t i = 0; i < names.size(); ++i) families_[names[i]] = handles[i];
  return opened;
}

// Whether the entries are of this log and in this format; a new cache becomes one of it.
Result<void> IdCacheDb::CheckIdentity(const std::string& log_id) {
  const std::string identity = "v" + std::to_string(kIdCacheFormat) + " " + log_id;
  std::string found;
  auto status = db_->Get({}, kLogIdKey, &found);
  const bool is_new = status.IsNotFound() && families_.size() == 1;
  if (is_new) return Done(db_->Put({}, kLogIdKey, identity));
  if (!status.ok() && !status.IsNotFound()) return Fail(status);
  if (found == identity) return {};
  return Error{ErrorCode::kCorrupt, "belongs to another event log or version"};
}

Error IdCacheDb::Fail(const rocksdb::Status& status) const {
  return RocksDbError(status, kWhat, path_);
}

Result<void> IdCacheDb::Done(const rocksdb::Status& status) const {
  if (!status.ok()) return Fail(status);
  return {};
}

rocksdb::ColumnFamilyOptions IdCacheDb::FamilyOptions(const std::string& name) const {
  if (!name.starts_with("ids.")) return {};
  // A part of the whole: of each partition two may be full, while one of them is written.
  const size_t write_buffer = std::max(options_.write_buffer_bytes / 4, kMinWriteBuffer);
  // Ids are random: compressing them would only cost time.
  return GrowingKeysOptions(write_buffer, kBlockBytes, false);
}

rocksdb::ColumnFamilyHandle* IdCacheDb::FindFamily(Partition partition) {
  std::lock_guard lock(families_mutex_);
  const auto it = families_.find(FamilyName(partition));
  return it == families_.end() ? nullptr : it->second;
}

Result<rocksdb::ColumnFamilyHandle*> IdCacheDb::FamilyFor(Partition partition) {
  std::lock_guard lock(families_mutex_);
  const std::string name = FamilyName(partition);
  const auto it = families_.find(name);
  if (it != families_.end()) return it->second;
  rocksdb::ColumnFamilyHandle* family = nullptr;
  const auto created = db_->CreateColumnFamily(FamilyOptions(name), name, &family);
  if (!created.ok()) return Fail(created);
  families_[name] = family;
  return family;
}

std::unique_ptr<rocksdb::Iterator> IdCacheDb::NewIterator(rocksdb::ColumnFamilyHandle* family,
                                                          size_t readahead) const {
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  read.readahead_size = readahead;
  read.verify_checksums = false;  // each block has its own, and a bad one is not the end
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(read, family));
}

Result<void> IdCacheDb::Write(const Checkpoint& checkpoint) {
  ADTALLY_ASSIGN(auto* family, FamilyFor(checkpoint.partition));
  // All blocks in one batch, so that a file never holds some of an entry's blocks when the process
  // is killed before the rest is in a file too.
  rocksdb::WriteBatch batch;
  ADTALLY_TRY(EncodeIdBlocks(checkpoint, [&](std::string_view key, std::string_view value) {
    return Done(batch.Put(family, ToSlice(key), ToSlice(value)));
  }));
  return Done(db_->Write(Unlogged(), &batch));
}

Result<IdScanReport> IdCacheDb::Scan(Partition partition, Offset from,
                                     const std::function<bool(IdCache::Entry&)>& visit) {
  auto* family = FindFamily(partition);
  if (family == nullptr) return IdScanReport();
  ADTALLY_ASSIGN(const Offset floor, Floor(partition));
  const auto it = NewIterator(family, kReadahead);
  IdScanReport report = ScanIdBlocks(*it, partition, from, floor, visit);
  if (report.changed) {
    return Error{ErrorCode::kUnavailable, "the id cache in " + path_ +
                                              " changed while it was read: retry, or remove it so "
                                              "that the event log is read instead"};
  }
  if (it->status().IsCorruption()) {
    report.cut = it->status().ToString();
  } else if (!it->status().ok()) {
    return Fail(it->status());
  }
  return report;
}

Result<uint64_t> IdCacheDb::ApproximateIds(Partition partition, Offset from) {
  auto* family = FindFamily(partition);
  if (family == nullptr) return uint64_t{0};
  const auto first = IdBlockKey{from, 0}.Encode();
  const auto last = kLastKey.Encode();
  const rocksdb::Range range(ToSlice(View(first)), ToSlice(View(last)));
  rocksdb::SizeApproximationOptions sizes;
  sizes.include_memtables = true;
  uint64_t bytes = 0;
  const auto status = db_->GetApproximateSizes(sizes, family, &range, 1, &bytes);
  if (!status.ok()) return Fail(status);
  return bytes / kIdCacheIdBytes;
}

Result<std::optional<IdCache::Last>> IdCacheDb::LastEntry(Partition partition) {
  auto* family = FindFamily(partition);
  if (family == nullptr) return std::optional<IdCache::Last>();
  const auto it = NewIterator(family);
  auto last = FindLastEntry(*it, partition);
  if (!it->status().ok()) return Fail(it->status());
  return last;
}

// Where the first entry that ends after the offset begins, or the offset. Only the last one that
// begins before the offset may reach over it; what a damaged one claims costs disk or time.
Result<Offset> IdCacheDb::FirstEndingAfter(rocksdb::ColumnFamilyHandle* family,
                                           Offset offset) const {
  const auto it = NewIterator(family);
  const auto before = IdBlockKey{offset, 0}.Encode();
  it->SeekForPrev(ToSlice(View(before)));
  if (!it->status().ok()) return Fail(it->status());
  if (!it->Valid()) return offset;
  const auto key = IdBlockKey::Decode(it->key().ToStringView());
  const auto end = IdBlock::PeekEnd(it->value().ToStringView());
  return key && end && *end > offset ? key->begin : offset;
}

Result<void> IdCacheDb::DropBefore(Partition partition, Offset offset) {
  auto* family = FindFamily(partition);
  if (family == nullptr) return {};
  ADTALLY_ASSIGN(const Offset floor, Floor(partition));
  if (offset > floor) ADTALLY_TRY(Done(db_->Put({}, FloorKey(partition), FloorValue(offset))));
  ADTALLY_ASSIGN(const Offset keep_from, FirstEndingAfter(family, offset));
  const auto first_key = IdBlockKey{}.Encode();
  const auto end_key = IdBlockKey{keep_from, 0}.Encode();
  const rocksdb::Slice first = ToSlice(View(first_key));
  const rocksdb::Slice end = ToSlice(View(end_key));
  return Done(rocksdb::DeleteFilesInRange(db_.get(), family, &first, &end, false));
}

Result<void> IdCacheDb::DropAfter(Partition partition, Offset offset) {
  auto* family = FindFamily(partition);
  if (family == nullptr) return {};
  if (offset == Offset(0)) return DropAll(partition);
  const auto it = NewIterator(family);
  it->SeekToLast();
  if (!it->status().ok()) return Fail(it->status());
  ADTALLY_ASSIGN(const Offset keep_to, FirstEndingAfter(family, offset));
  const auto first = IdBlockKey{keep_to, 0}.Encode();
  if (!it->Valid() || it->key().compare(ToSlice(View(first))) < 0) return {};

  // Up to the last key and not further: the range must not lie over keys that come later.
  const std::string end = it->key().ToString() + '\0';
  rocksdb::WriteBatch batch;
  auto status = batch.DeleteRange(family, ToSlice(View(first)), end);
  ADTALLY_ASSIGN(const Offset floor, Floor(partition));
  if (status.ok() && offset < floor) status = batch.Put(FloorKey(partition), FloorValue(offset));
  if (status.ok()) status = db_->Write(Synced(), &batch);
  return Done(status);
}

Result<void> IdCacheDb::DropAll(Partition partition) {
  std::lock_guard lock(families_mutex_);
  const auto it = families_.find(FamilyName(partition));
  if (it == families_.end()) return {};
  auto status = db_->Delete(Synced(), FloorKey(partition));
  if (status.ok()) status = db_->DropColumnFamily(it->second);
  if (status.ok()) status = db_->DestroyColumnFamilyHandle(it->second);
  if (status.ok()) families_.erase(it);
  return Done(status);
}

Result<Offset> IdCacheDb::Floor(Partition partition) const {
  std::string value;
  const auto status = db_->Get({}, FloorKey(partition), &value);
  if (status.IsNotFound()) return Offset(0);
  if (!status.ok()) return Fail(status);
  return value.size() == sizeof(uint64_t) ? Offset(ReadLittleEndian<uint64_t>(value)) : Offset(0);
}

}  // namespace adtally
