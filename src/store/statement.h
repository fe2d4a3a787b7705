#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

// One SQL statement and the values of its `{name:Type}` parameters. The text never holds a value of
// a user.
struct Statement {
  std::string sql;
  std::vector<SqlParam> params;
};

// Runs it. A statement that the store refuses is a mistake of this program, so it comes back as
// kInternal.
Result<std::string> RunStatement(Store& store, const Statement& statement, std::string_view format);

// The same for an output that is streamed: see Store::QueryStream.
Result<void> StreamStatement(Store& store, const Statement& statement, std::string_view format,
                             OutputSink& sink);

// Adds those of `more` whose names are not there: parts of a statement may share parameters.
void AddMissingParams(std::vector<SqlParam>& params, const std::vector<SqlParam>& more);

}  // namespace adtally
