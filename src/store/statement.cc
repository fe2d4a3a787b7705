#include "store/statement.h"

namespace adtally {

Result<std::string> RunStatement(Store& store, const Statement& statement,
                                 std::string_view format) {
  auto output = store.Query(statement.sql, statement.params, format);
  if (output.ok() || output.error().code != ErrorCode::kInvalidArgument) return output;
  return Error{ErrorCode::kInternal, output.error().message};
}

}  // namespace adtally
