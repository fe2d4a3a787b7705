#include "aggregator/rocksdb_id_cache.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "aggregator/id_cache_entry.h"
#include "log/fixed_bytes.h"
#include "log/rocksdb_support.h"

namespace adtally {
namespace {

constexpr char kLogIdKey[] = "log";
constexpr char kWhat[] = "id cache";
constexpr size_t kWriteBuffer = size_t{32} << 20;
constexpr size_t kTotalWriteBuffer = size_t{32} << 20;
constexpr size_t kMaxWal = size_t{128} << 20;
constexpr size_t kBlockBytes = 64 << 10;
constexpr size_t kReadahead = 4 << 20;

std::string FamilyName(Partition partition) {
  return "ids." + std::to_string(partition.value);
}
std::string FloorKey(Partition partition) {
  return "floor." + std::to_string(partition.value);
}

rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

rocksdb::ColumnFamilyOptions FamilyOptions(const std::string& name) {
  // Ids are random: compressing them would only cost time.
  if (name.starts_with("ids.")) return GrowingKeysOptions(kWriteBuffer, kBlockBytes, false);
  return {};
}

// One column family per partition, so that keys only grow in each (see GrowingKeysOptions): ids.P,
// key = begin, 8 bytes big-endian, value = an id cache entry. Column family default: "log" = the
// log's id, "floor.P" = entries that end at or before this offset are forgotten, though their file
// may still be there.
class RocksDbIdCacheImpl final : public IdCache {
 public:
  RocksDbIdCacheImpl(std::string path, Logger& logger) : path_(std::move(path)), logger_(logger) {}

  ~RocksDbIdCacheImpl() override { Close(); }

  rocksdb::Status OpenFiles() {
    const rocksdb::DBOptions options = SmallDbOptions(kTotalWriteBuffer, kMaxWal);
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

  void Close() {
    if (db_ == nullptr) return;
    for (auto& [name, family] : families_) db_->DestroyColumnFamilyHandle(family);
    families_.clear();
    db_->Close().PermitUncheckedError();  // what is not written is read from the log again
    db_.reset();
  }

  // Whether the entries are those of this log; a new cache becomes one of it.
  Result<bool> BelongsTo(const std::string& log_id) {
    std::string found;
    auto status = db_->Get({}, kLogIdKey, &found);
    if (status.ok()) return found == log_id;
    if (status.IsNotFound() && families_.size() > 1) return false;
    if (status.IsNotFound()) status = db_->Put({}, kLogIdKey, log_id);
    if (!status.ok()) return Fail(status);
    return true;
  }

  Result<void> Write(const Checkpoint& checkpoint) override {
    const std::string entry = EncodeIdCacheEntry(checkpoint);
    const auto key = BigEndian(checkpoint.begin.value);
    if (failed_.exchange(false)) db_->Resume().PermitUncheckedError();  // the write tells
    ADTALLY_ASSIGN(auto* family, FamilyFor(checkpoint.partition));
    const auto status = db_->Put({}, family, ToSlice(View(key)), entry);
    return Written(status);
  }

  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(const Entry&)>& visit) override {
    auto* family = FindFamily(partition);
    if (family == nullptr) return {};
    ADTALLY_ASSIGN(const Offset floor, Floor(partition));
    rocksdb::ReadOptions read;
    read.fill_cache = false;
    read.readahead_size = kReadahead;
    read.verify_checksums = false;  // each entry has its own, and a bad one is skipped, not the end
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read, family));
    Entry entry;
    uint64_t damaged = 0;
    const auto first = BigEndian(from.value);
    for (it->Seek(ToSlice(View(first))); it->Valid(); it->Next()) {
      const std::string_view value = it->value().ToStringView();
      const bool readable =
          it->key().size() == sizeof(uint64_t) &&
          DecodeIdCacheEntry(partition, Offset(ReadBigEndian<uint64_t>(it->key().ToStringView())),
                             value, entry);
      if (!readable) {
        ++damaged;
        continue;
      }
      if (entry.end > floor && !visit(entry)) break;
    }
    return ReportDamage(partition, damaged, it->status());
  }

  Result<void> DropBefore(Partition partition, Offset offset) override {
    auto* family = FindFamily(partition);
    if (family == nullptr) return {};
    ADTALLY_ASSIGN(const Offset floor, Floor(partition));
    if (offset > floor) {
      ADTALLY_TRY(
          Written(db_->Put({}, FloorKey(partition), ToSlice(View(LittleEndian(offset.value))))));
    }
    // The last entry that begins before the offset may reach over it.
    std::unique_ptr<rocksdb::Iterator> last(db_->NewIterator({}, family));
    const auto before = BigEndian(offset.value);
    last->SeekForPrev(ToSlice(View(before)));
    Offset keep_from = offset;
    if (last->Valid() && last->key().size() == sizeof(uint64_t)) {
      const Offset begin(ReadBigEndian<uint64_t>(last->key().ToStringView()));
      if (PeekIdCacheEntryEnd(begin, last->value().ToStringView()) > offset) keep_from = begin;
    }
    last.reset();
    const auto first_key = BigEndian(uint64_t{0});
    const auto end_key = BigEndian(keep_from.value);
    const rocksdb::Slice first = ToSlice(View(first_key));
    const rocksdb::Slice end = ToSlice(View(end_key));
    return Written(rocksdb::DeleteFilesInRange(db_.get(), family, &first, &end, false));
  }

 private:
  Error Fail(const rocksdb::Status& status) const { return RocksDbError(status, kWhat, path_); }

  Result<void> Written(const rocksdb::Status& status) {
    if (status.ok()) return {};
    failed_.store(true);
    return Fail(status);
  }

  rocksdb::ColumnFamilyHandle* FindFamily(Partition partition) {
    std::lock_guard lock(families_mutex_);
    const auto it = families_.find(FamilyName(partition));
    return it == families_.end() ? nullptr : it->second;
  }

  Result<rocksdb::ColumnFamilyHandle*> FamilyFor(Partition partition) {
    std::lock_guard lock(families_mutex_);
    const std::string name = FamilyName(partition);
    auto*& family = families_[name];
    if (family != nullptr) return family;
    const auto created = db_->CreateColumnFamily(FamilyOptions(name), name, &family);
    if (created.ok()) return family;
    families_.erase(name);
    failed_.store(true);
    return Fail(created);
  }

  Result<Offset> Floor(Partition partition) {
    std::string value;
    const auto status = db_->Get({}, FloorKey(partition), &value);
    if (status.IsNotFound()) return Offset(0);
    if (!status.ok()) return Fail(status);
    return value.size() == sizeof(uint64_t) ? Offset(ReadLittleEndian<uint64_t>(value)) : Offset(0);
  }

  // Losing entries only costs time; not being able to read at all is an error.
  Result<void> ReportDamage(Partition partition, uint64_t damaged, const rocksdb::Status& status) {
    if (!status.ok() && !status.IsCorruption()) return Fail(status);
    if (!status.ok()) {
      logger_.Warning("the id cache in " + path_ + " is damaged (" + status.ToString() +
                      "): the rest of partition " + std::to_string(partition.value) +
                      " is read from the event log");
    }
    if (damaged > 0) {
      logger_.Warning("skipped " + std::to_string(damaged) + " damaged entries of partition " +
                      std::to_string(partition.value) + " in the id cache in " + path_);
    }
    return {};
  }

  const std::string path_;
  Logger& logger_;
  std::unique_ptr<rocksdb::DB> db_;
  std::mutex families_mutex_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
  std::atomic<bool> failed_{false};
};

bool IsDamage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound() ||
         status.IsNotSupported() || status.IsPathNotFound();
}

// Removes the database's files and no others.
Result<void> Empty(const std::string& path) {
  const auto status = rocksdb::DestroyDB(path, rocksdb::Options());
  if (!status.ok()) return RocksDbError(status, kWhat, path);
  return {};
}

}  // namespace

Result<std::unique_ptr<IdCache>> RocksDbIdCache::Open(const std::string& path,
                                                      const std::string& log_id, Logger& logger) {
  std::error_code folder_error;
  std::filesystem::create_directories(path, folder_error);
  if (folder_error) {
    return Error{
        ErrorCode::kUnavailable,
        "the folder " + path + " of the id cache cannot be made: " + folder_error.message()};
  }
  auto cache = std::make_unique<RocksDbIdCacheImpl>(path, logger);
  auto opened = cache->OpenFiles();
  std::string reason;
  if (opened.ok()) {
    ADTALLY_ASSIGN(const bool same_log, cache->BelongsTo(log_id));
    if (same_log) return std::unique_ptr<IdCache>(std::move(cache));
    reason = "belongs to another event log";
    cache->Close();
  } else if (IsDamage(opened)) {
    reason = "is damaged (" + opened.ToString() + ")";
  } else {
    return RocksDbError(opened, kWhat, path);
  }

  logger.Warning("the id cache in " + path + " " + reason +
                 ": it is emptied, and the event ids are read from the event log again");
  ADTALLY_TRY(Empty(path));
  opened = cache->OpenFiles();
  if (!opened.ok()) return RocksDbError(opened, kWhat, path);
  ADTALLY_ASSIGN(const bool same_log, cache->BelongsTo(log_id));
  if (!same_log) return Error{ErrorCode::kInternal, "an emptied id cache has entries: " + path};
  return std::unique_ptr<IdCache>(std::move(cache));
}

}  // namespace adtally
