#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "store/clickhouse_http.h"
#include "store/store.h"

namespace adtally {

struct ClickHouseStoreOptions {
  ClickHouseHttpOptions http;
  std::string database = "adtally";  // where the tables are; made when it is missing
  int start_wait_ms = 30'000;        // how long Open waits for a server that does not answer yet
  // ClickHouse's settings of every statement, and those of inserts beside them.
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::pair<std::string, std::string>> insert_settings;
};

// A ClickHouse server, or `adtally store`, over HTTP.
//
// A query that only reads is sent again when the connection breaks; nothing else is, since nobody
// knows whether it ran: the caller decides. On ok an insert is as durable as the table's settings
// make it.
//
// A server keeps deduplication tokens over its restarts, and a plain MergeTree may keep one whose
// rows a kill has taken: an insert under a token that was used before proves nothing. Use receipts
// (see schema/0001_minute.sql) before and after.
class ClickHouseStore {
 public:
  // Waits for the server and logs its version. The logger need not outlive it.
  static Result<std::unique_ptr<Store>> Open(const ClickHouseStoreOptions& options,
                                             const Clock& clock, Logger& logger);

  // Without asking whether there is a server.
  static Result<std::unique_ptr<Store>> Create(const ClickHouseStoreOptions& options);
};

// The statement with the database `adtally` replaced by `database`, wherever it is named outside
// of literals.
std::string InDatabase(std::string_view sql, std::string_view database);

// True when running the statement again changes nothing.
bool OnlyReads(std::string_view sql);

}  // namespace adtally
