#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"
#include "store/sql_engine.h"
#include "storeserver/users.h"

namespace adtally {

struct StoreApiOptions {
  std::vector<StoreUser> users;
  std::string database = "adtally";  // the one that unqualified names are of
  int workers = 8;                   // statements at a time
  size_t max_waiting = 64;           // more are refused with TOO_MANY_SIMULTANEOUS_QUERIES
};

// ClickHouse's HTTP interface (https://clickhouse.com/docs/interfaces/http) over an engine: GET and
// POST of /, /ping and /replicas_status. Answers are held back until they are whole, so an
// exception never comes after a status of 200. No sessions, no external tables, and nothing that
// reaches beyond the engine's own tables: see ReadStatement.
class StoreApi {
 public:
  // The engine and the clock outlive it.
  static Result<std::unique_ptr<StoreApi>> Create(StoreApiOptions options, SqlEngine& engine,
                                                  const Clock& clock);
  ~StoreApi();

  // Valid as long as this.
  http::Handler handler();

 private:
  struct Impl;
  explicit StoreApi(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
