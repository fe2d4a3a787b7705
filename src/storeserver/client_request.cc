#include "storeserver/client_request.h"

#include <algorithm>
#include <span>

#include "base/ascii.h"
#include "storeserver/exception.h"

namespace adtally {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kParamPrefix = "param_";
constexpr std::string_view kDefaultFormat = "TabSeparated";

// Of HTTP, without a meaning here: answers are always held back until they are whole, and nothing
// of a request survives it.
constexpr std::string_view kIgnored[] = {"",
                                         "query",
                                         "user",
                                         "password",
                                         "quota_key",
                                         "stacktrace",
                                         "buffer_size",
                                         "wait_end_of_query",
                                         "session_timeout",
                                         "session_check",
                                         "close_session",
                                         "client_protocol_version",
                                         "send_progress_in_http_headers",
                                         "cancel_http_readonly_queries_on_client_close",
                                         "add_http_cors_header"};

// Settings of the engine's limits, which are the server's, and one that would answer before rows
// are durable.
constexpr std::string_view kFixed[] = {"max_result_bytes", "result_overflow_mode", "async_insert",
                                       "max_memory_usage", "max_memory_usage_for_user"};

bool IsOneOf(std::string_view word, Words words) {
  return std::ranges::find(words, word) != words.end();
}

bool IsIdentifier(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, fits) && !(text[0] >= '0' && text[0] <= '9');
}

bool IsTrue(std::string_view value) {
  return !(value == "0" || EqualsIgnoreCase(value, "false"));
}

StatementError NotSupported(std::string_view what) {
  return {exception_code::kNotImplemented, std::string(what) + " (NOT_IMPLEMENTED)"};
}

class Parameters {
 public:
  Parameters(std::string_view server_database, ClientRequest& out)
      : server_database_(server_database), out_(out) {}

  std::optional<StatementError> Read(const http::Request& request, const UrlParameters& parameters);
  const std::string& default_format() const { return default_format_; }

 private:
  std::optional<StatementError> ReadOne(const std::string& name, const std::string& value);
  std::optional<StatementError> ReadSetting(const std::string& name, const std::string& value);

  const std::string_view server_database_;
  ClientRequest& out_;
  std::string default_format_;
};

std::optional<StatementError> Parameters::Read(const http::Request& request,
                                               const UrlParameters& parameters) {
  out_.sql.database = request.Header("X-ClickHouse-Database");
  default_format_ = request.Header("X-ClickHouse-Format");
  out_.query_id = request.Header("X-ClickHouse-Query-Id");
  for (const auto& [name, value] : parameters) {
    if (auto error = ReadOne(name, value)) return error;
  }
  if (out_.sql.database.empty() || out_.sql.database == "default") {
    out_.sql.database = server_database_;
  }
  if (default_format_.empty()) default_format_ = kDefaultFormat;
  return std::nullopt;
}

std::optional<StatementError> Parameters::ReadOne(const std::string& name,
                                                  const std::string& value) {
  if (IsOneOf(name, kIgnored) || name.starts_with("http_")) return std::nullopt;
  if (name == "database") {
    if (out_.sql.database.empty()) out_.sql.database = value;
  } else if (name == "default_format") {
    if (default_format_.empty()) default_format_ = value;
  } else if (name == "query_id") {
    out_.query_id = value;
  } else if (name == "enable_http_compression") {
    out_.compress_answer = IsTrue(value);
  } else if (name == "session_id") {
    return NotSupported(
        "This server keeps no sessions, so session_id cannot be used: send every setting with its "
        "statement, and use ordinary tables in place of temporary ones");
  } else if (name == "compress" || name == "decompress") {
    if (IsTrue(value)) {
      return NotSupported("The URL parameter " + name +
                          " is not supported: use the HTTP headers Accept-Encoding and "
                          "Content-Encoding with gzip, lz4 or zstd");
    }
  } else if (name.starts_with(kParamPrefix)) {
    out_.sql.params.push_back({name.substr(kParamPrefix.size()), value});
  } else {
    return ReadSetting(name, value);
  }
  return std::nullopt;
}

std::optional<StatementError> Parameters::ReadSetting(const std::string& name,
                                                      const std::string& value) {
  if (!IsIdentifier(name)) {
    return StatementError{exception_code::kUnknownSetting,
                          "Unknown setting '" + name + "' (UNKNOWN_SETTING)"};
  }
  if (name == "readonly") {
    out_.sql.read_only = out_.sql.read_only || IsTrue(value);
    return std::nullopt;
  }
  if (IsOneOf(name, kFixed)) {
    if (name == "async_insert" && !IsTrue(value)) return std::nullopt;
    return StatementError{
        exception_code::kConstraintViolation,
        "Setting " + name + " is the server's own (SETTING_CONSTRAINT_VIOLATION)"};
  }
  if (name == "session_timezone") out_.time_zone = value;
  auto& settings = out_.sql.settings;
  std::erase_if(settings, [&](const SqlParam& known) { return known.name == name; });
  settings.push_back({name, value});
  return std::nullopt;
}

std::string_view UrlQuery(const UrlParameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (name == "query") return value;
  }
  return {};
}

// Reads the statement and, of an insert, finds its data.
std::optional<StatementError> ReadText(std::string_view url_query, std::string_view body,
                                       ClientStatement& statement, ClientRequest& out) {
  std::string_view text = url_query;
  if (url_query.empty()) {
    text = body;
    body = {};
  }
  auto error = ReadStatement(text, statement);
  const bool data_in_body = !error && statement.data == ClientStatement::Data::kFollows;
  if (!body.empty() && !data_in_body) {
    // The statement goes on in the body.
    out.text.reserve(url_query.size() + 1 + body.size());
    out.text.append(url_query).append("\n").append(body);
    text = out.text;
    body = {};
    error = ReadStatement(text, statement);
  }
  if (error) return error;
  out.sql.sql = text.substr(statement.begin, statement.end - statement.begin);
  if (statement.data != ClientStatement::Data::kFollows) return std::nullopt;
  out.sql.has_data = true;
  for (std::string_view piece : {text.substr(statement.data_begin), body}) {
    if (!piece.empty()) out.sql.data.push_back(piece);
  }
  return std::nullopt;
}

}  // namespace

std::optional<StatementError> ReadClientRequest(const http::Request& request,
                                                const UrlParameters& url_parameters,
                                                std::string_view database, bool user_is_read_only,
                                                ClientRequest& out) {
  if (StartsWithIgnoreCase(request.Header("Content-Type"), "multipart/form-data")) {
    return NotSupported("External tables and form data are not supported");
  }
  Parameters parameters(database, out);
  if (auto error = parameters.Read(request, url_parameters)) return error;
  ClientStatement statement;
  if (auto error = ReadText(UrlQuery(url_parameters), request.body, statement, out)) return error;
  if (request.method != "POST" || user_is_read_only) out.sql.read_only = true;
  if (out.sql.read_only && !statement.reads_only) {
    return StatementError{exception_code::kReadonly,
                          request.method == "POST"
                              ? "Cannot execute query in readonly mode. (READONLY)"
                              : "Cannot execute query in readonly mode: a GET only reads, use "
                                "POST. (READONLY)"};
  }
  if (statement.data == ClientStatement::Data::kMissing) {
    // ClickHouse takes it for VALUES too.
    out.sql.has_data = true;
    statement.format = "Values";
  }
  out.sql.changes_session = statement.changes_session;
  if (out.sql.has_data) {
    out.sql.format = statement.format;
  } else {
    out.sql.format = parameters.default_format();
    out.shown_format = statement.format.empty() ? out.sql.format : std::string(statement.format);
  }
  return std::nullopt;
}

}  // namespace adtally
