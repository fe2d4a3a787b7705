#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/chdb_pool.h"
#include "store/store.h"

namespace adtally {

// How a streamed query ended. After anything but a whole answer the connection must be cleaned
// before its next use.
struct ChdbStreamEnd {
  std::optional<std::string> failure;  // the engine's own text
  bool reader_left = false;
};

// Runs a SELECT on `connection` and hands its output to `sink` as it is made. The parameters'
// values are as ClickHouse wants them on the wire. A query that nobody reads any more is stopped
// through a connection of `killers`.
//
// The engine's own streams give a whole file for each block of rows, which nobody could join for
// Parquet. So the engine writes one file, into a pipe: a full pipe holds it up.
ChdbStreamEnd RunChdbStream(chdb_connection connection, ChdbPool& killers, std::string_view sql,
                            std::span<const SqlParam> encoded_params, std::string_view format,
                            OutputSink& sink);

}  // namespace adtally
