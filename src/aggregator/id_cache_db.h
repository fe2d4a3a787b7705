#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aggregator/id_cache.h"
#include "aggregator/rocksdb_id_cache.h"
#include "aggregator/rocksdb_id_scan.h"
#include "base/result.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Iterator;
class Status;
struct ColumnFamilyOptions;
}  // namespace rocksdb

namespace adtally {

// The files of a RocksDbIdCache: one open RocksDB database.
//
//   ids.P    the blocks of the entries of partition P, see id_cache_entry.h. Keys only grow (see
//            GrowingKeysOptions), except after DropAfter
//   default  key: "log"
//            value: "v", format version, " ", the log's id
//   default  key: "floor.P"
//            value: offset, 8 bytes little-endian: entries that end at or before it are forgotten,
//            though their file may still be there
//
// Blocks are written without a write-ahead log: RocksDB writes them to disk once, when its memory
// for them is full or the database is closed. With one, an id would cost 20 bytes written instead
// of 10 and more than twice the CPU time; and to replay it at a start, one thread and some fsyncs,
// takes about as long as the partitions need to read from the event log what a kill -9 took.
//
// The functions are IdCache's. Thread-safe, but for one partition's calls at the same time.
class IdCacheDb {
 public:
  // kCorrupt when the files are of no use, and the message says why: "is damaged" or the like.
  static Result<std::unique_ptr<IdCacheDb>> Open(const std::string& path, const std::string& log_id,
                                                 const RocksDbIdCacheOptions& options);
  // Removes a database's files and no others.
  static Result<void> Destroy(const std::string& path, const RocksDbIdCacheOptions& options);

  IdCacheDb(const IdCacheDb&) = delete;
  ~IdCacheDb();

  Result<void> Write(const Checkpoint& checkpoint);
  Result<IdScanReport> Scan(Partition partition, Offset from,
                            const std::function<bool(IdCache::Entry&)>& visit);
  Result<uint64_t> ApproximateIds(Partition partition, Offset from);
  // kCorrupt when the last entries cannot be read.
  Result<std::optional<IdCache::Last>> LastEntry(Partition partition);
  Result<void> DropBefore(Partition partition, Offset offset);
  Result<void> DropAfter(Partition partition, Offset offset);
  // Forgets all entries, readable or not, durably.
  Result<void> DropAll(Partition partition);

 private:
  IdCacheDb(std::string path, const RocksDbIdCacheOptions& options);
  rocksdb::Status OpenFiles();
  Result<void> CheckIdentity(const std::string& log_id);

  Error Fail(const rocksdb::Status& status) const;
  Result<void> Done(const rocksdb::Status& status) const;
  rocksdb::ColumnFamilyOptions FamilyOptions(const std::string& name) const;
  rocksdb::ColumnFamilyHandle* FindFamily(Partition partition);
  Result<rocksdb::ColumnFamilyHandle*> FamilyFor(Partition partition);
  std::unique_ptr<rocksdb::Iterator> NewIterator(rocksdb::ColumnFamilyHandle* family,
                                                 size_t readahead = 0) const;
  Result<Offset> FirstEndingAfter(rocksdb::ColumnFamilyHandle* family, Offset offset) const;
  Result<Offset> Floor(Partition partition) const;

  const std::string path_;
  const RocksDbIdCacheOptions options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::mutex families_mutex_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace adtally
