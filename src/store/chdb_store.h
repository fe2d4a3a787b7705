#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/logger.h"
#include "base/result.h"
#include "store/sql_engine.h"

namespace adtally {

struct ChdbStoreOptions {
  std::string path;  // the folder that holds everything; made when it is missing
  size_t max_memory_bytes = size_t{2} << 30;  // of queries, merges and caches together
  int max_threads = 2;                        // of one query
  int connections = 8;                        // calls at a time; more wait
  int streams = 8;                            // streamed queries at a time, beside them; more wait
  int query_timeout_s = 60;                   // a query is stopped after this long; 0 for never
  // A larger result is an error (TOO_MANY_ROWS_OR_BYTES), since results are held in memory; 0 for
  // no limit.
  size_t max_result_bytes = 0;
  // Takes the database `default` away, in which the engine shows the machine's files as tables, and
  // puts an empty one in its place. For a store that others send their own statements to.
  bool hide_files = false;
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
  static Result<std::unique_ptr<SqlEngine>> Open(const ChdbStoreOptions& options, Logger& logger);
};

}  // namespace adtally
