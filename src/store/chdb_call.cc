#include "store/chdb_call.h"

namespace adtally {
namespace {

struct DestroyStream {
  void operator()(chdb_insert_stream stream) const { chdb_destroy_insert_stream(stream); }
};
using StreamPtr = std::unique_ptr<chdb_insert_stream_state, DestroyStream>;

std::optional<std::string> TextOf(const char* text) {
  if (text == nullptr || *text == '\0') return std::nullopt;
  return text;
}

}  // namespace

ChdbResult RunStatement(chdb_connection connection, std::string_view sql,
                        std::span<const SqlParam> encoded_params, std::string_view format) {
  std::vector<const char*> names, values;
  std::vector<size_t> name_lengths, value_lengths;
  for (const SqlParam& param : encoded_params) {
    names.push_back(param.name.data());
    name_lengths.push_back(param.name.size());
    values.push_back(param.value.data());
    value_lengths.push_back(param.value.size());
  }
  // An empty format would mean the one of the connection's previous query.
  if (format.empty()) format = "Null";
  return ChdbResult(chdb_query_with_params_n(
      connection, sql.data(), sql.size(), format.data(), format.size(), names.data(),
      name_lengths.data(), values.data(), value_lengths.data(), encoded_params.size()));
}

std::optional<std::string> FailureOf(const ChdbResult& result) {
  if (!result) return "the embedded ClickHouse gave no answer";
  return TextOf(chdb_result_error(result.get()));
}

std::string_view OutputOf(const ChdbResult& result) {
  const char* bytes = chdb_result_buffer(result.get());
  if (bytes == nullptr) return {};
  return {bytes, chdb_result_length(result.get())};
}

ChdbResult RunInsert(chdb_connection connection, std::string_view sql, std::string_view format,
                     std::span<const std::string_view> data, std::optional<std::string>& failure) {
  const StreamPtr stream(
      chdb_stream_insert_n(connection, sql.data(), sql.size(), format.data(), format.size()));
  failure = stream ? TextOf(chdb_stream_insert_error(stream.get()))
                   : "the embedded ClickHouse gave no insert stream";
  if (failure) return nullptr;
  for (std::string_view piece : data) {
    if (chdb_stream_append(stream.get(), piece.data(), piece.size()) == 0) continue;
    chdb_stream_cancel_insert(stream.get());
    failure = TextOf(chdb_stream_insert_error(stream.get()));
    if (!failure) failure = "the embedded ClickHouse stopped reading an insert";
    return nullptr;
  }
  ChdbResult done(chdb_stream_done(stream.get()));
  failure = FailureOf(done);
  if (failure) return nullptr;
  return done;
}

bool CleanConnection(chdb_connection connection) {
  return !FailureOf(RunStatement(connection, "SELECT 1", {}, ""));
}

}  // namespace adtally
