#include "store/chdb_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <optional>
#include <utility>

#include "store/chdb_api.h"
#include "store/chdb_folder.h"
#include "store/chdb_pool.h"
#include "store/clickhouse_error.h"
#include "store/sql_param.h"

namespace adtally {
namespace {

std::atomic<bool> engine_in_use = false;

// The process's one engine, until destruction.
class EngineClaim {
 public:
  static std::optional<EngineClaim> Take() {
    if (engine_in_use.exchange(true)) return std::nullopt;
    return EngineClaim();
  }
  EngineClaim(EngineClaim&& other) noexcept : held_(std::exchange(other.held_, false)) {}
  EngineClaim& operator=(EngineClaim&&) = delete;
  ~EngineClaim() {
    if (held_) engine_in_use = false;
  }

 private:
  EngineClaim() = default;
  bool held_ = true;
};

struct DestroyResult {
  void operator()(chdb_result* result) const { chdb_destroy_query_result(result); }
};
using ResultPtr = std::unique_ptr<chdb_result, DestroyResult>;

struct DestroyStream {
  void operator()(chdb_insert_stream stream) const { chdb_destroy_insert_stream(stream); }
};
using StreamPtr = std::unique_ptr<chdb_insert_stream_state, DestroyStream>;

ResultPtr Run(chdb_connection connection, std::string_view sql, const std::vector<SqlParam>& params,
              std::string_view format) {
  std::vector<std::string> encoded;
  std::vector<const char*> names, values;
  std::vector<size_t> name_lengths, value_lengths;
  encoded.reserve(params.size());
  for (const SqlParam& param : params) {
    encoded.push_back(EncodeParam(sql, param));
    names.push_back(param.name.data());
    name_lengths.push_back(param.name.size());
    values.push_back(encoded.back().data());
    value_lengths.push_back(encoded.back().size());
  }
  // An empty format would mean the one of the connection's previous query.
  if (format.empty()) format = "Null";
  return ResultPtr(chdb_query_with_params_n(connection, sql.data(), sql.size(), format.data(),
                                            format.size(), names.data(), name_lengths.data(),
                                            values.data(), value_lengths.data(), params.size()));
}

// The error of a result, nullopt when it has none.
std::optional<Error> ErrorOf(const ResultPtr& result) {
  if (!result) return Error{ErrorCode::kInternal, "the embedded ClickHouse gave no answer"};
  const char* text = chdb_result_error(result.get());
  if (text == nullptr || *text == '\0') return std::nullopt;
  return ClickHouseError(text);
}

// Sends the block and commits it. On failure the connection must be cleaned before its next use.
std::optional<Error> InsertThrough(chdb_connection connection, const std::string& sql,
                                   std::string_view block) {
  constexpr std::string_view kFormat = "Native";
  const StreamPtr stream(
      chdb_stream_insert_n(connection, sql.data(), sql.size(), kFormat.data(), kFormat.size()));
  if (!stream) return Error{ErrorCode::kInternal, "the embedded ClickHouse gave no insert stream"};
  auto stream_error = [&]() -> std::optional<Error> {
    const char* text = chdb_stream_insert_error(stream.get());
    if (text == nullptr || *text == '\0') return std::nullopt;
    return ClickHouseError(text);
  };
  if (auto error = stream_error()) return error;
  if (chdb_stream_append(stream.get(), block.data(), block.size()) != 0) {
    chdb_stream_cancel_insert(stream.get());
    if (auto error = stream_error()) return error;
    return Error{ErrorCode::kInternal, "the embedded ClickHouse stopped reading an insert"};
  }
  const ResultPtr done(chdb_stream_done(stream.get()));
  return ErrorOf(done);
}

bool IsToken(std::string_view token) {
  return std::ranges::all_of(token, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("._:/-").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

class ChdbStoreImpl final : public Store {
 public:
  ChdbStoreImpl(EngineClaim claim, std::unique_ptr<ChdbFolder> folder,
                std::vector<std::string> arguments, size_t connections)
      : claim_(std::move(claim)),
        folder_(std::move(folder)),
        pool_(std::move(arguments), connections) {}

  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override {
    ADTALLY_ASSIGN(const ChdbPool::Lease connection, pool_.Acquire());
    const ResultPtr result = Run(connection.get(), sql, params, format);
    if (auto error = ErrorOf(result)) return *std::move(error);
    const char* bytes = chdb_result_buffer(result.get());
    if (bytes == nullptr) return std::string();
    return std::string(bytes, chdb_result_length(result.get()));
  }

  Result<void> Insert(std::string_view into, std::string_view native_block,
                      std::string_view deduplication_token) override {
    std::string sql = "INSERT INTO ";
    sql += into;
    if (!deduplication_token.empty()) {
      if (!IsToken(deduplication_token)) {
        return Error{ErrorCode::kInvalidArgument,
                     "deduplication token \"" + std::string(deduplication_token) +
                         "\" has a character that is not a letter, a digit or one of . _ : / -"};
      }
      sql += " SETTINGS insert_deduplication_token = '";
      sql += deduplication_token;
      sql += '\'';
    }
    ADTALLY_ASSIGN(ChdbPool::Lease connection, pool_.Acquire());
    if (auto error = InsertThrough(connection.get(), sql, native_block)) {
      // After a failed stream a connection holds on to its tables until its next query.
      if (ErrorOf(Run(connection.get(), "SELECT 1", {}, ""))) connection.Drop();
      return *std::move(error);
    }
    return {};
  }

 private:
  const EngineClaim claim_;
  const std::unique_ptr<ChdbFolder> folder_;  // released after the engine has stopped
  ChdbPool pool_;
};

Result<void> CloseStandardInput() {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool replaced = null >= 0 && dup2(null, STDIN_FILENO) >= 0;
  if (null > STDIN_FILENO) close(null);
  if (!replaced) return Error{ErrorCode::kInternal, "cannot point standard input at /dev/null"};
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> ChdbStore::Open(const ChdbStoreOptions& options, Logger& logger) {
  ADTALLY_CHECK(options.connections > 0 && options.max_threads > 0, "a store needs connections");
  std::optional<EngineClaim> claim = EngineClaim::Take();
  if (!claim) {
    return Error{ErrorCode::kConflict,
                 "this process has an embedded store open already: it can hold only one"};
  }
  ADTALLY_ASSIGN(std::unique_ptr<ChdbFolder> folder, ChdbFolder::Lock(options.path));
  ADTALLY_TRY(folder->ForgetDeduplicationTokens());
  ADTALLY_ASSIGN(const std::string config, folder->WriteEngineConfig(options.max_memory_bytes));
  ADTALLY_TRY(CloseStandardInput());
  chdb_set_signal_handlers_enabled(0);

  const std::string path = folder->path();
  auto store = std::make_unique<ChdbStoreImpl>(
      *std::move(claim), std::move(folder),
      std::vector<std::string>{"adtally", "--path=" + path, "--config-file=" + config,
                               "--async_insert=0", "--optimize_on_insert=0",
                               "--max_threads=" + std::to_string(options.max_threads),
                               "--max_execution_time=" + std::to_string(options.query_timeout_s)},
      static_cast<size_t>(options.connections));
  auto version = store->Query("SELECT version()", {}, "TSVRaw");
  if (!version.ok()) return std::move(version).error().WithContext("data folder " + path);
  logger.Info("embedded ClickHouse " + version->substr(0, version->find('\n')) + " opened " + path);
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace adtally
