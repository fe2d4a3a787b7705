#pragma once

#include <memory>
#include <string>

#include "aggregator/id_cache.h"
#include "base/logger.h"
#include "base/result.h"

namespace adtally {

// An id cache in a local folder of its own. Entries are checksummed; the database is written
// without fsync. A damaged folder, or one that belongs to another log, is emptied with a line in
// the logger: it only costs time. Thread-safe.
class RocksDbIdCache {
 public:
  // `log_id` is EventLog::log_id(). `logger` must outlive the cache. kConflict when another process
  // uses the folder, kUnavailable when it cannot be used at all.
  static Result<std::unique_ptr<IdCache>> Open(const std::string& path, const std::string& log_id,
                                               Logger& logger);
};

}  // namespace adtally
