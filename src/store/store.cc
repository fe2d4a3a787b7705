#include "store/store.h"

namespace adtally {

Error ReaderLeft() {
  return {ErrorCode::kUnavailable, "whoever asked for the rows takes no more of them"};
}

Result<void> Store::QueryStream(std::string_view sql, const std::vector<SqlParam>& params,
                                std::string_view format, OutputSink& sink) {
  ADTALLY_ASSIGN(const std::string output, Query(sql, params, format));
  if (!sink.Write(output)) return ReaderLeft();
  return {};
}

}  // namespace adtally
