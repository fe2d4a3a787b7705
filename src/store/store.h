#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace adtally {

// A typed parameter for `{name:Type}` in a statement. Values are plain text; the store escapes
// them.
struct SqlParam {
  std::string name;
  std::string value;
};

// Takes the output of a query that is read while it is made.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // On the thread that asked. May block while its reader is slow, which holds the query up. False:
  // nobody takes any more.
  virtual bool Write(std::string_view piece) = 0;
  // Whether anybody still waits for the output. Asked several times a second, on any thread.
  virtual bool Wanted() const = 0;
};

// The ClickHouse engine, in the process or over HTTP. Thread-safe: callers run in parallel.
// Errors: kUnavailable when a retry may help, kInvalidArgument when the statement is wrong,
// kInternal otherwise.
class Store {
 public:
  virtual ~Store() = default;

  // Runs one statement and returns its output in `format` (a ClickHouse format name; "" for none).
  virtual Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                                    std::string_view format) = 0;

  // Runs one SELECT and hands its output to `sink` in pieces, without holding all of it. An error
  // may come after pieces were written: they are then the beginning of nothing whole. The query is
  // stopped, with kUnavailable, when the sink takes or wants no more. By default in one piece.
  virtual Result<void> QueryStream(std::string_view sql, const std::vector<SqlParam>& params,
                                   std::string_view format, OutputSink& sink);

  // Inserts one block in the Native format: `into` is "database.table (column, ...)".
  // With a non-empty `deduplication_token` a block under the same token is inserted once, within
  // the limits that docs of the table state. On ok the rows are durable. Atomic only within one
  // partition of the table.
  virtual Result<void> Insert(std::string_view into, std::string_view native_block,
                              std::string_view deduplication_token) = 0;
};

// What a streamed query ends with when its sink takes no more.
Error ReaderLeft();

}  // namespace adtally
