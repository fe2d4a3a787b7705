#include "aggregator/rocksdb_id_cache.h"

#include <atomic>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "aggregator/id_cache_db.h"

namespace adtally {
namespace {

// Opens the files again after a failed write, and empties them when they are of no use.
class RocksDbIdCacheImpl final : public IdCache {
 public:
  RocksDbIdCacheImpl(std::string path, std::string log_id, Logger& logger,
                     const RocksDbIdCacheOptions& options)
      : path_(std::move(path)), log_id_(std::move(log_id)), logger_(logger), options_(options) {}

  Result<void> Open() {
    std::lock_guard lock(mutex_);
    return OpenFiles();
  }

  Result<void> Write(const Checkpoint& checkpoint) override {
    if (failed_) ADTALLY_TRY(OpenAgain());
    return Noted(Use([&](IdCacheDb& db) { return db.Write(checkpoint); }));
  }

  Result<void> Scan(Partition partition, Offset from,
                    const std::function<bool(Entry&)>& visit) override {
    ADTALLY_ASSIGN(const IdScanReport report,
                   Use([&](IdCacheDb& db) { return db.Scan(partition, from, visit); }));
    if (!report.cut.empty()) WarnOfDamage(partition, "the rest", report.cut);
    if (report.damaged > 0) {
      WarnOfDamage(partition, std::to_string(report.damaged) + " entries", "their checksums");
    }
    return {};
  }

  Result<uint64_t> ApproximateIds(Partition partition, Offset from) override {
    auto ids = Use([&](IdCacheDb& db) { return db.ApproximateIds(partition, from); });
    // Files that are damaged where sizes are looked up are for Scan to report.
    if (!ids.ok() && ids.error().code == ErrorCode::kCorrupt) return uint64_t{0};
    return ids;
  }

  Result<std::optional<Last>> LastEntry(Partition partition) override {
    auto last = Use([&](IdCacheDb& db) { return db.LastEntry(partition); });
    if (last.ok() || last.error().code != ErrorCode::kCorrupt) return last;
    ADTALLY_TRY(DropDamaged(partition, last.error()));
    return std::optional<Last>();
  }

  Result<void> DropBefore(Partition partition, Offset offset) override {
    return Noted(Use([&](IdCacheDb& db) { return db.DropBefore(partition, offset); }));
  }

  Result<void> DropAfter(Partition partition, Offset offset) override {
    auto dropped = Use([&](IdCacheDb& db) { return db.DropAfter(partition, offset); });
    if (dropped.ok() || dropped.error().code != ErrorCode::kCorrupt) return Noted(dropped);
    return DropDamaged(partition, dropped.error());
  }

 private:
  template <class F>
  auto Use(F function) -> decltype(function(std::declval<IdCacheDb&>())) {
    std::shared_lock lock(mutex_);
    if (db_ == nullptr) {
      return Error{ErrorCode::kUnavailable,
                   "the files of the id cache in " + path_ + " cannot be opened now: retry later"};
    }
    return function(*db_);
  }

  // After a failed write RocksDB refuses all that follow.
  Result<void> Noted(Result<void> written) {
    if (!written.ok()) failed_ = true;
    return written;
  }

  Result<void> OpenAgain() {
    std::lock_guard lock(mutex_);
    if (!failed_) return {};
    db_.reset();
    ADTALLY_TRY(OpenFiles());
    failed_ = false;
    return {};
  }

  Result<void> OpenFiles() {
    auto opened = IdCacheDb::Open(path_, log_id_, options_);
    if (!opened.ok() && opened.error().code == ErrorCode::kCorrupt) {
      logger_.Warning("the id cache in " + path_ + " " + opened.error().message +
                      ": it is emptied, and the event ids are read from the event log again");
      ADTALLY_TRY(IdCacheDb::Destroy(path_, options_));
      opened = IdCacheDb::Open(path_, log_id_, options_);
    }
    ADTALLY_ASSIGN(db_, std::move(opened));
    return {};
  }

  // Losing entries only costs time.
  Result<void> DropDamaged(Partition partition, const Error& why) {
    WarnOfDamage(partition, "all of it", why.message);
    return Noted(Use([&](IdCacheDb& db) { return db.DropAll(partition); }));
  }

  void WarnOfDamage(Partition partition, const std::string& what, const std::string& why) {
    logger_.Warning("the id cache in " + path_ + " is damaged (" + why + "): " + what +
                    " of partition " + std::to_string(partition.value) +
                    " is read from the event log");
  }

  const std::string path_;
  const std::string log_id_;
  Logger& logger_;
  const RocksDbIdCacheOptions options_;
  std::shared_mutex mutex_;  // exclusive to open the files again
  std::unique_ptr<IdCacheDb> db_;
  std::atomic<bool> failed_{false};
};

}  // namespace

Result<std::unique_ptr<IdCache>> RocksDbIdCache::Open(const std::string& path,
                                                      const std::string& log_id, Logger& logger,
                                                      const RocksDbIdCacheOptions& options) {
  std::error_code folder_error;
  std::filesystem::create_directories(path, folder_error);
  if (folder_error) {
    return Error{
        ErrorCode::kUnavailable,
        "the folder " + path + " of the id cache cannot be made: " + folder_error.message()};
  }
  auto cache = std::make_unique<RocksDbIdCacheImpl>(path, log_id, logger, options);
  ADTALLY_TRY(cache->Open());
  return std::unique_ptr<IdCache>(std::move(cache));
}

}  // namespace adtally
