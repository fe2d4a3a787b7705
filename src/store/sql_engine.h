#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace adtally {

// One statement of a client, with all that ClickHouse lets a client say beside it.
struct SqlRequest {
  // One statement, without a final semicolon. Of an insert with data: what stands before FORMAT
  // or VALUES.
  std::string sql;
  // Of the output, or of the data of an insert. Never empty.
  std::string format;
  // The data of an insert, in pieces that belong together.
  bool has_data = false;
  std::vector<std::string_view> data;
  std::vector<SqlParam> params;    // values as ClickHouse wants them on the wire
  std::vector<SqlParam> settings;  // for this statement only; names are identifiers
  std::string database;            // the one that unqualified names are of
  bool read_only = false;
  // It may leave something behind for the next statement (SET, temporary tables), which must not
  // see it.
  bool changes_session = false;
};

struct SqlOutcome {
  int exception_code = 0;  // ClickHouse's; 0 when all is well
  std::string exception;   // "Code: 62. DB::Exception: …" in one piece, as the engine says it
  std::string output;
  uint64_t result_rows = 0;
  uint64_t read_rows = 0;
  uint64_t read_bytes = 0;
  uint64_t written_rows = 0;
  uint64_t written_bytes = 0;
};

// A store that also runs statements of others as they are. Thread-safe.
class SqlEngine : public Store {
 public:
  virtual SqlOutcome Execute(const SqlRequest& request) = 0;
};

}  // namespace adtally
