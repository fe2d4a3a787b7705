#include "store/statement.h"

#include <algorithm>

namespace adtally {
namespace {

Error OwnMistake(Error error) {
  if (error.code == ErrorCode::kInvalidArgument) error.code = ErrorCode::kInternal;
  return error;
}

}  // namespace

Result<std::string> RunStatement(Store& store, const Statement& statement,
                                 std::string_view format) {
  auto output = store.Query(statement.sql, statement.params, format);
  if (!output.ok()) return OwnMistake(std::move(output).error());
  return output;
}

Result<void> StreamStatement(Store& store, const Statement& statement, std::string_view format,
                             OutputSink& sink) {
  auto streamed = store.QueryStream(statement.sql, statement.params, format, sink);
  if (!streamed.ok()) return OwnMistake(std::move(streamed).error());
  return {};
}

void AddMissingParams(std::vector<SqlParam>& params, const std::vector<SqlParam>& more) {
  for (const SqlParam& param : more) {
    if (std::ranges::find(params, param.name, &SqlParam::name) == params.end()) {
      params.push_back(param);
    }
  }
}

}  // namespace adtally
