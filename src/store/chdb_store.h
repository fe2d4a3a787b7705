#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/logger.h"
#include "base/result.h"
#include "store/store.h"

namespace adtally {

struct ChdbStoreOptions {
  std::string path;  // the folder that holds everything; made when it is missing
  size_t max_memory_bytes = size_t{2} << 30;  // of queries, merges and caches together
  int max_threads = 2;                        // of one query
  int connections = 8;                        // calls at a time; more wait
  int query_timeout_s = 60;                   // a query is stopped after this long; 0 for never
};

// The ClickHouse engine inside this process. One at a time per process, and one process at a time
// per folder: kConflict otherwise. Open it once and keep it, since the engine leaks threads each
// time it stops.
//
// Opening it makes every table forget its deduplication tokens, so a token protects against a
// second insert only for as long as the store stays open; across restarts use a receipt (see
// schema/0001_minute.sql). It also points the process's standard input at /dev/null, from which the
// engine would read otherwise.
//
// Deduplication tokens are made of letters, digits and . _ : / -
class ChdbStore {
 public:
  static Result<std::unique_ptr<Store>> Open(const ChdbStoreOptions& options, Logger& logger);
};

}  // namespace adtally
