#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "aggregator/id_cache.h"
#include "base/logger.h"
#include "base/result.h"

namespace rocksdb {
class Env;
}

namespace adtally {

struct RocksDbIdCacheOptions {
  // Ids in memory before some become a file, bytes over all partitions; one partition has at most
  // half of it, files being written included.
  size_t write_buffer_bytes = size_t{16} << 20;
  rocksdb::Env* env = nullptr;  // not owned; injects faults in tests. nullptr is the machine's own
};

// An id cache in a local folder of its own. There is no write-ahead log: ids are written to disk
// once, a file at a time or at a clean close, and those that a kill -9 finds in memory, at 10 bytes
// an id, are read from the event log again. A damaged folder, or one of another log or format
// version, is emptied with a line in the logger: it only costs time. Thread-safe.
class RocksDbIdCache {
 public:
  // `log_id` is EventLog::log_id(). `logger` must outlive the cache. kConflict when another process
  // uses the folder, kUnavailable when it cannot be used at all.
  static Result<std::unique_ptr<IdCache>> Open(const std::string& path, const std::string& log_id,
                                               Logger& logger,
                                               const RocksDbIdCacheOptions& options = {});
};

}  // namespace adtally
