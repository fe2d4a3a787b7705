#include "store/statement.h"

#include <algorithm>

namespace adtally {

Result<std::string> RunStatement(Store& store, const Statement& statement,
                                 std::string_view format) {
  auto output = store.Query(statement.sql, statement.params, format);
  if (output.ok() || output.error().code != ErrorCode::kInvalidArgument) return output;
  return Error{ErrorCode::kInternal, output.error().message};
}

void AddMissingParams(std::vector<SqlParam>& params, const std::vector<SqlParam>& more) {
  for (const SqlParam& param : more) {
    if (std::ranges::find(params, param.name, &SqlParam::name) == params.end()) {
      params.push_back(param);
    }
  }
}

}  // namespace adtally
