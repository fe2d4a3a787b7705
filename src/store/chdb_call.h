#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/chdb_api.h"
#include "store/store.h"

namespace adtally {

// Calls of the embedded engine on one connection. A failure is the engine's own text, "Code: 62.
// DB::Exception: …"; after one the connection must be cleaned before its next use.

struct DestroyChdbResult {
  void operator()(chdb_result* result) const { chdb_destroy_query_result(result); }
};
using ChdbResult = std::unique_ptr<chdb_result, DestroyChdbResult>;

// Runs one statement. The parameters' values are as ClickHouse wants them on the wire.
ChdbResult RunStatement(chdb_connection connection, std::string_view sql,
                        std::span<const SqlParam> encoded_params, std::string_view format);

// What went wrong, nullopt when nothing did.
std::optional<std::string> FailureOf(const ChdbResult& result);

// Valid as long as the result.
std::string_view OutputOf(const ChdbResult& result);

// Sends the pieces of an insert's data and commits it. `sql` ends before FORMAT or VALUES. The
// result has no output; nullptr after a failure, which `failure` then tells.
ChdbResult RunInsert(chdb_connection connection, std::string_view sql, std::string_view format,
                     std::span<const std::string_view> data, std::optional<std::string>& failure);

// After a failed statement a connection holds on to its tables, and the next answer without output
// may be the rest of the failed one, until another statement has run. False when the connection
// cannot be used again.
bool CleanConnection(chdb_connection connection);

}  // namespace adtally
