#include "store/clickhouse_store.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/ascii.h"
#include "store/insert_statement.h"
#include "store/sql_param.h"

namespace adtally {
namespace {

constexpr std::string_view kOwnDatabase = "adtally";
constexpr int kAttempts = 3;  // of a query that only reads
constexpr int kFirstPauseMs = 50;
constexpr int kStartPauseMs = 200;
// For how long the server waits for a reader of a stream that takes nothing.
constexpr const char* kReaderWaitS = "300";

void Sleep(int ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The end of the quoted text that begins at `at`.
size_t EndOfQuotes(std::string_view sql, size_t at) {
  const char quote = sql[at];
  for (size_t i = at + 1; i < sql.size(); ++i) {
    if (sql[i] == '\\') {
      ++i;
    } else if (sql[i] == quote) {
      return i + 1;
    }
  }
  return sql.size();
}

class ClickHouseStoreImpl final : public Store {
 public:
  ClickHouseStoreImpl(std::unique_ptr<ClickHouseHttp> http, const ClickHouseStoreOptions& options)
      : http_(std::move(http)),
        database_(options.database),
        settings_(options.settings),
        insert_settings_(options.insert_settings) {}

  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override {
    const std::string statement = InDatabase(sql, database_);
    ClickHouseHttp::Request request = RequestOf(sql, statement, params, format);
    request.repeatable = OnlyReads(sql);
    auto answer = http_->Post(request);
    for (int attempt = 1; attempt < kAttempts && request.repeatable && !answer.ok() &&
                          answer.error().code == ErrorCode::kUnavailable;
         ++attempt) {
      Sleep(kFirstPauseMs << attempt);
      answer = http_->Post(request);
    }
    return answer;
  }

  Result<void> QueryStream(std::string_view sql, const std::vector<SqlParam>& params,
                           std::string_view format, OutputSink& sink) override {
    const std::string statement = InDatabase(sql, database_);
    ClickHouseHttp::Request request = RequestOf(sql, statement, params, format);
    request.parameters.emplace_back("http_send_timeout", kReaderWaitS);
    request.parameters.emplace_back("cancel_http_readonly_queries_on_client_close", "1");
    return http_->PostStream(request, sink);
  }

  Result<void> Insert(std::string_view into, std::string_view native_block,
                      std::string_view deduplication_token) override {
    ADTALLY_ASSIGN(std::string sql, InsertStatement(into, deduplication_token));
    sql = InDatabase(sql, database_) + " FORMAT Native";
    ClickHouseHttp::Request request;
    request.body = native_block;
    request.parameters = {{"query", std::move(sql)},
                          // Blocks come sorted and in the size that they should be stored in.
                          {"async_insert", "0"},
                          {"optimize_on_insert", "0"}};
    for (const auto* settings : {&settings_, &insert_settings_}) {
      request.parameters.insert(request.parameters.end(), settings->begin(), settings->end());
    }
    ADTALLY_TRY(http_->Post(request));
    return {};
  }

 private:
  // `statement`, the SQL in our database, must outlive the request.
  ClickHouseHttp::Request RequestOf(std::string_view sql, std::string_view statement,
                                    const std::vector<SqlParam>& params,
                                    std::string_view format) const {
    ClickHouseHttp::Request request;
    // As text in the body, so that its length is not that of a URL.
    request.body = statement;
    request.parameters = settings_;
    request.parameters.emplace_back("default_format", format.empty() ? "Null" : format);
    for (const SqlParam& param : params) {
      request.parameters.emplace_back("param_" + param.name, EncodeParam(sql, param));
    }
    return request;
  }

  const std::unique_ptr<ClickHouseHttp> http_;
  const std::string database_;
  const std::vector<std::pair<std::string, std::string>> settings_;
  const std::vector<std::pair<std::string, std::string>> insert_settings_;
};

// The server's version, as soon as it answers.
Result<std::string> WaitForServer(Store& store, int wait_ms, const Clock& clock, Logger& logger) {
  const int64_t deadline_us = clock.MonotonicMicros() + int64_t{wait_ms} * 1000;
  bool told = false;
  while (true) {
    auto version = store.Query("SELECT version()", {}, "TSVRaw");
    const bool may_come = !version.ok() && version.error().code == ErrorCode::kUnavailable;
    if (!may_come || clock.MonotonicMicros() >= deadline_us) return version;
    if (!std::exchange(told, true)) logger.Warning(version.error().message + "; waiting for it");
    Sleep(kStartPauseMs);
  }
}

}  // namespace

std::string InDatabase(std::string_view sql, std::string_view database) {
  if (database == kOwnDatabase) return std::string(sql);
  const std::string name = QuotedIdentifier(database);
  std::string out;
  for (size_t i = 0; i < sql.size();) {
    size_t end = i + 1;
    if (sql[i] == '\'' || sql[i] == '"' || sql[i] == '`') {
      end = EndOfQuotes(sql, i);
    } else if (IsWordCharacter(sql[i])) {
      while (end < sql.size() && IsWordCharacter(sql[end])) ++end;
      // Our own statements name it only as the database of a table, or alone.
      if (sql.substr(i, end - i) == kOwnDatabase) {
        out += name;
        i = end;
        continue;
      }
    }
    out += sql.substr(i, end - i);
    i = end;
  }
  return out;
}

bool OnlyReads(std::string_view sql) {
  while (!sql.empty() && !IsWordCharacter(sql.front())) sql.remove_prefix(1);
  const auto end = std::ranges::find_if_not(sql, IsWordCharacter);
  const std::string_view word = sql.substr(0, static_cast<size_t>(end - sql.begin()));
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"SELECT", "SHOW", "EXISTS", "DESCRIBE", "EXPLAIN"},
      [&](std::string_view one) { return EqualsIgnoreCase(word, one); });
}

Result<std::unique_ptr<Store>> ClickHouseStore::Create(const ClickHouseStoreOptions& options) {
  ADTALLY_ASSIGN(auto http, ClickHouseHttp::Create(options.http));
  return std::unique_ptr<Store>(std::make_unique<ClickHouseStoreImpl>(std::move(http), options));
}

Result<std::unique_ptr<Store>> ClickHouseStore::Open(const ClickHouseStoreOptions& options,
                                                     const Clock& clock, Logger& logger) {
  ADTALLY_ASSIGN(auto http, ClickHouseHttp::Create(options.http));
  const std::string name = http->name();
  auto store = std::make_unique<ClickHouseStoreImpl>(std::move(http), options);
  ADTALLY_ASSIGN(const std::string version,
                 WaitForServer(*store, options.start_wait_ms, clock, logger));
  logger.Info(name + ", version " + version.substr(0, version.find('\n')) + ", database " +
              options.database);
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace adtally
