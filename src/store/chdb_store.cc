#include "store/chdb_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "store/chdb_call.h"
#include "store/chdb_folder.h"
#include "store/chdb_pool.h"
#include "store/chdb_stream.h"
#include "store/clickhouse_error.h"
#include "store/insert_statement.h"
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

// Of ClickHouse: what an exception without a code is.
constexpr int kUnknownException = 1002;

SqlOutcome Failed(std::string text) {
  SqlOutcome outcome;
  outcome.exception_code = kUnknownException;
  constexpr std::string_view kCode = "Code: ";
  if (text.starts_with(kCode)) {
    std::from_chars(text.data() + kCode.size(), text.data() + text.size(), outcome.exception_code);
  }
  outcome.exception = std::move(text);
  return outcome;
}

// The values are SQL.
std::string SetStatement(const std::vector<SqlParam>& settings) {
  std::string sql;
  for (const SqlParam& setting : settings) {
    sql += sql.empty() ? "SET " : ", ";
    sql += setting.name + " = " + setting.value;
  }
  return sql;
}

class ChdbStoreImpl final : public SqlEngine {
 public:
  // `settings`: what every connection starts with.
  ChdbStoreImpl(EngineClaim claim, std::unique_ptr<ChdbFolder> folder,
                std::vector<SqlParam> settings, std::vector<std::string> arguments,
                const ChdbStoreOptions& options)
      : claim_(std::move(claim)),
        folder_(std::move(folder)),
        settings_(std::move(settings)),
        max_result_bytes_(options.max_result_bytes),
        pool_(arguments, static_cast<size_t>(options.connections)),
        streams_(arguments, static_cast<size_t>(options.streams)),
        killers_(std::move(arguments), 1) {}

  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override {
    std::vector<SqlParam> encoded = params;
    for (SqlParam& param : encoded) param.value = EncodeParam(sql, param);
    ADTALLY_ASSIGN(ChdbPool::Lease connection, pool_.Acquire());
    const ChdbResult result = RunStatement(connection.get(), sql, encoded, format);
    if (auto failure = FailureOf(result)) {
      if (!CleanConnection(connection.get())) connection.Drop();
      return ClickHouseError(*failure);
    }
    return std::string(OutputOf(result));
  }

  Result<void> QueryStream(std::string_view sql, const std::vector<SqlParam>& params,
                           std::string_view format, OutputSink& sink) override {
    std::vector<SqlParam> encoded = params;
    for (SqlParam& param : encoded) param.value = EncodeParam(sql, param);
    ADTALLY_ASSIGN(ChdbPool::Lease connection, streams_.Acquire());
    const ChdbStreamEnd end = RunChdbStream(connection.get(), killers_, sql, encoded, format, sink);
    if (!end.failure && !end.reader_left) return {};
    if (!CleanConnection(connection.get())) connection.Drop();
    return end.reader_left ? ReaderLeft() : ClickHouseError(*end.failure);
  }

  Result<void> Insert(std::string_view into, std::string_view native_block,
                      std::string_view deduplication_token) override {
    ADTALLY_ASSIGN(const std::string sql, InsertStatement(into, deduplication_token));
    ADTALLY_ASSIGN(ChdbPool::Lease connection, pool_.Acquire());
    std::optional<std::string> failure;
    RunInsert(connection.get(), sql, "Native", std::span(&native_block, 1), failure);
    if (failure) {
      if (!CleanConnection(connection.get())) connection.Drop();
      return ClickHouseError(*failure);
    }
    return {};
  }

  SqlOutcome Execute(const SqlRequest& request) override {
    auto lease = pool_.Acquire();
    if (!lease.ok()) return Failed(lease.error().message);
    const chdb_connection connection = lease->get();
    SqlOutcome outcome;
    std::optional<std::string> failure = Prepare(connection, request);
    if (!failure) failure = RunAsItIs(connection, request, outcome);
    if (failure) outcome = Failed(*std::move(failure));
    const bool clean = outcome.exception_code == 0 || CleanConnection(connection);
    if (!clean || request.changes_session || !Restore(connection, request)) lease->Drop();
    return outcome;
  }

 private:
  static std::optional<std::string> Run(chdb_connection connection, const std::string& sql) {
    if (sql.empty()) return std::nullopt;
    return FailureOf(RunStatement(connection, sql, {}, ""));
  }

  // Gives the connection what the request says beside its statement.
  static std::optional<std::string> Prepare(chdb_connection connection, const SqlRequest& request) {
    if (!request.database.empty()) {
      if (auto failure = Run(connection, "USE " + QuotedIdentifier(request.database))) {
        return failure;
      }
    }
    std::vector<SqlParam> settings = request.settings;
    for (SqlParam& setting : settings) setting.value = QuotedText(setting.value);
    if (auto failure = Run(connection, SetStatement(settings))) return failure;
    // The last one: after it nothing else can be set.
    return Run(connection, request.read_only ? "SET readonly = 2" : "");
  }

  // Back to what connections start with; false when that failed.
  bool Restore(chdb_connection connection, const SqlRequest& request) const {
    if (request.read_only && Run(connection, "SET readonly = DEFAULT")) return false;
    std::vector<SqlParam> settings = request.settings;
    for (SqlParam& setting : settings) {
      const auto own = std::ranges::find(settings_, setting.name, &SqlParam::name);
      setting.value = own == settings_.end() ? "DEFAULT" : own->value;
    }
    return !Run(connection, SetStatement(settings));
  }

  std::optional<std::string> RunAsItIs(chdb_connection connection, const SqlRequest& request,
                                       SqlOutcome& outcome) const {
    std::optional<std::string> failure;
    ChdbResult result;
    if (request.has_data) {
      result = RunInsert(connection, request.sql, request.format, request.data, failure);
    } else {
      result = RunStatement(connection, request.sql, request.params, request.format);
      failure = FailureOf(result);
    }
    if (failure) return failure;
    // The engine counts a constant once, however often it is written.
    if (max_result_bytes_ != 0 && OutputOf(result).size() > max_result_bytes_) {
      return "Code: 396. DB::Exception: Limit for result exceeded, max bytes: " +
             std::to_string(max_result_bytes_) + ". (TOO_MANY_ROWS_OR_BYTES)";
    }
    outcome.output = OutputOf(result);
    outcome.result_rows = chdb_result_rows_read(result.get());
    outcome.read_rows = chdb_result_storage_rows_read(result.get());
    outcome.read_bytes = chdb_result_storage_bytes_read(result.get());
    outcome.written_rows = chdb_result_rows_written(result.get());
    outcome.written_bytes = chdb_result_bytes_written(result.get());
    return std::nullopt;
  }

  const EngineClaim claim_;
  const std::unique_ptr<ChdbFolder> folder_;  // released after the engine has stopped
  const std::vector<SqlParam> settings_;
  const size_t max_result_bytes_;
  ChdbPool pool_;
  ChdbPool streams_;  // of their own: slow readers must not keep others waiting
  ChdbPool killers_;  // there is always one free soon
};

Result<void> CloseStandardInput() {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const bool replaced = null >= 0 && dup2(null, STDIN_FILENO) >= 0;
  if (null > STDIN_FILENO) close(null);
  if (!replaced) return Error{ErrorCode::kInternal, "cannot point standard input at /dev/null"};
  return {};
}

// What every connection starts with.
std::vector<SqlParam> SettingsOf(const ChdbStoreOptions& options) {
  return {{"async_insert", "0"},
          {"optimize_on_insert", "0"},
          {"max_threads", std::to_string(options.max_threads)},
          {"max_execution_time", std::to_string(options.query_timeout_s)},
          {"max_result_bytes", std::to_string(options.max_result_bytes)}};
}

// The database `default` of an embedded engine finds the machine's files by their names. It is made
// anew at every start and must be gone before a statement has looked into it.
Result<void> HideFiles(Store& store) {
  ADTALLY_TRY(store.Query("DROP DATABASE IF EXISTS default", {}, ""));
  ADTALLY_TRY(store.Query("CREATE DATABASE default ENGINE = Memory", {}, ""));
  return {};
}

}  // namespace

Result<std::unique_ptr<SqlEngine>> ChdbStore::Open(const ChdbStoreOptions& options,
                                                   Logger& logger) {
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
  std::vector<SqlParam> settings = SettingsOf(options);
  std::vector<std::string> arguments = {"adtally", "--path=" + path, "--config-file=" + config};
  for (const SqlParam& setting : settings) {
    arguments.push_back("--" + setting.name + "=" + setting.value);
  }
  auto store = std::make_unique<ChdbStoreImpl>(*std::move(claim), std::move(folder),
                                               std::move(settings), std::move(arguments), options);
  if (options.hide_files) ADTALLY_TRY(HideFiles(*store));
  auto version = store->Query("SELECT version()", {}, "TSVRaw");
  if (!version.ok()) return std::move(version).error().WithContext("data folder " + path);
  logger.Info("embedded ClickHouse " + version->substr(0, version->find('\n')) + " opened " + path);
  return std::unique_ptr<SqlEngine>(std::move(store));
}

}  // namespace adtally
