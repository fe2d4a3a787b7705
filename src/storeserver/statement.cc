#include "storeserver/statement.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/ascii.h"
#include "storeserver/sql_scanner.h"

namespace adtally {
namespace {

using Kind = SqlScanner::Kind;
using Token = SqlScanner::Token;
using Words = std::span<const std::string_view>;

constexpr int kSyntaxError = 62;
constexpr int kAccessDenied = 497;

constexpr std::string_view kStatements[] = {
    "SELECT", "WITH",  "FROM",   "INSERT",   "SHOW",   "DESCRIBE", "DESC",     "EXISTS", "EXPLAIN",
    "CREATE", "ALTER", "DROP",   "TRUNCATE", "RENAME", "EXCHANGE", "OPTIMIZE", "CHECK",  "DELETE",
    "UPDATE", "KILL",  "UNDROP", "DETACH",   "ATTACH", "REPLACE",  "SET",      "USE",    "VALUES"};
constexpr std::string_view kReading[] = {"SELECT",   "WITH",  "FROM",    "SHOW",
                                         "DESCRIBE", "DESC",  "EXPLAIN", "SET",
                                         "EXISTS",   "CHECK", "USE",     "VALUES"};
// Statements of CREATE, ALTER and DROP that are not about tables.
constexpr std::string_view kAdministration[] = {
    "USER", "ROLE", "QUOTA", "PROFILE", "POLICY", "NAMED", "RESOURCE", "WORKLOAD", "FUNCTION"};

// Functions that read a file, another server or a program, by how their names begin. Scalar and
// table functions share their syntax, so both are looked for wherever a name stands before a
// parenthesis; so are the sources of dictionaries and the targets of a backup.
constexpr std::string_view kReaching[] = {
    "file",      "url",       "s3",     "gcs",        "oss",        "cosn",
    "hdfs",      "azure",     "remote", "cluster",    "mysql",      "postgresql",
    "sqlite",    "mongodb",   "redis",  "odbc",       "jdbc",       "executable",
    "iceberg",   "deltalake", "hudi",   "paimon",     "ytsaurus",   "arrowflight",
    "python",    "eval",      "http",   "clickhouse", "prometheus", "filesystem",
    "cassandra", "disk",      "kafka",  "nats",       "rabbitmq",   "arrowstream"};
// Harmless ones among them.
constexpr std::string_view kHarmless[] = {"urlHash",
                                          "urlHierarchy",
                                          "urlPathHierarchy",
                                          "filesystemAvailable",
                                          "filesystemCapacity",
                                          "filesystemUnreserved"};

// Engines of tables and databases that keep what they hold in the engine's own folder.
constexpr std::string_view kEngines[] = {"MergeTree",
                                         "ReplacingMergeTree",
                                         "SummingMergeTree",
                                         "AggregatingMergeTree",
                                         "CollapsingMergeTree",
                                         "VersionedCollapsingMergeTree",
                                         "CoalescingMergeTree",
                                         "GraphiteMergeTree",
                                         "Memory",
                                         "Log",
                                         "TinyLog",
                                         "StripeLog",
                                         "Null",
                                         "Set",
                                         "Join",
                                         "Buffer",
                                         "Merge",
                                         "View",
                                         "MaterializedView",
                                         "Dictionary",
                                         "GenerateRandom",
                                         "Atomic",
                                         "Ordinary"};

bool IsOneOf(std::string_view word, Words words) {
  return std::ranges::any_of(words,
                             [&](std::string_view one) { return EqualsIgnoreCase(word, one); });
}

bool Reaches(std::string_view function) {
  if (IsOneOf(function, kHarmless)) return false;
  return std::ranges::any_of(
      kReaching, [&](std::string_view begin) { return StartsWithIgnoreCase(function, begin); });
}

// A name without its quotes.
std::string_view Bare(const Token& token) {
  if (token.kind != Kind::kQuotedName) return token.text;
  return token.text.size() < 2 ? std::string_view() : token.text.substr(1, token.text.size() - 2);
}

bool IsName(const Token& token) {
  return token.kind == Kind::kWord || token.kind == Kind::kQuotedName;
}

StatementError Denied(std::string_view what) {
  return {kAccessDenied, std::string(what) + " is not allowed on this server (ACCESS_DENIED)"};
}

class Reader {
 public:
  Reader(std::string_view text, ClientStatement& statement)
      : text_(text), scanner_(text), statement_(statement) {}

  std::optional<StatementError> Read();

 private:
  std::optional<StatementError> CheckFirst();
  std::optional<StatementError> Check(const Token& token, const Token& next) const;
  void Note(const Token& token, const Token& next);
  bool BeginData(const Token& token, const Token& next);
  std::optional<StatementError> CheckEnd();

  const std::string_view text_;
  SqlScanner scanner_;
  ClientStatement& statement_;
  Token first_;
  Token previous_;
  bool is_insert_ = false;
};

std::optional<StatementError> Reader::CheckFirst() {
  if (first_.kind == Kind::kEnd)
    return StatementError{kSyntaxError, "Syntax error: Empty query (SYNTAX_ERROR)"};
  if (first_.IsSymbol('(')) return std::nullopt;  // (SELECT …) UNION …
  if (first_.kind == Kind::kWord && IsOneOf(first_.text, kStatements)) return std::nullopt;
  static constexpr std::string_view kDenied[] = {"SYSTEM",   "GRANT",   "REVOKE", "BACKUP",
                                                 "RESTORE",  "MOVE",    "BEGIN",  "COMMIT",
                                                 "ROLLBACK", "EXECUTE", "WATCH",  "COPY"};
  if (IsOneOf(first_.text, kDenied)) return Denied(AsciiUpper(first_.text));
  return StatementError{kSyntaxError, "Syntax error: failed at position 1 (" +
                                          std::string(first_.text) +
                                          "): no statement begins so (SYNTAX_ERROR)"};
}

std::optional<StatementError> Reader::Check(const Token& token, const Token& next) const {
  if (IsName(token) && next.IsSymbol('(') && !previous_.IsSymbol('.') && Reaches(Bare(token))) {
    // A column list is no call: INSERT INTO url (a, b), CREATE TABLE file (x UInt8).
    const bool is_table = previous_.Is("INTO") || previous_.Is("TABLE");
    if (!is_table) return Denied("The function " + std::string(Bare(token)));
  }
  if (token.Is("OUTFILE") && previous_.Is("INTO")) return Denied("INTO OUTFILE");
  if (token.Is("INFILE") && previous_.Is("FROM")) return Denied("FROM INFILE");
  const bool defines = first_.Is("CREATE") || first_.Is("ATTACH") || first_.Is("REPLACE");
  if (defines && previous_.Is("ENGINE") && !token.IsSymbol('=') &&
      !IsOneOf(Bare(token), kEngines)) {
    return Denied("The engine " + std::string(Bare(token)));
  }
  if (defines && token.IsSymbol('=') && previous_.Is("ENGINE") && !IsOneOf(Bare(next), kEngines)) {
    return Denied("The engine " + std::string(Bare(next)));
  }
  // ATTACH TABLE t FROM '/path/'.
  if (first_.Is("ATTACH") && token.kind == Kind::kLiteral && previous_.Is("FROM")) {
    return Denied("ATTACH FROM a path");
  }
  const bool administers =
      defines || first_.Is("ALTER") || first_.Is("DROP") || first_.Is("RENAME");
  if (administers && previous_.begin == first_.begin && token.begin != first_.begin &&
      (IsOneOf(token.text, kAdministration) || next.Is("PROFILE") || next.Is("POLICY"))) {
    return Denied(AsciiUpper(first_.text) + " " + AsciiUpper(token.text));
  }
  return std::nullopt;
}

void Reader::Note(const Token& token, const Token& next) {
  if (token.Is("TEMPORARY")) statement_.changes_session = true;
  if (token.depth > 0) return;
  if (token.Is("INSERT") && token.begin != first_.begin) statement_.reads_only = false;
  if (token.Is("FORMAT") && IsName(next)) statement_.format = next.text;
}

// True when the data of an insert begins behind this token.
bool Reader::BeginData(const Token& token, const Token& next) {
  if (!is_insert_ || statement_.data == ClientStatement::Data::kNone || token.depth > 0) {
    return false;
  }
  // A table may be called like a keyword, right behind INTO or TABLE or a dot.
  const bool is_table = previous_.Is("INTO") || previous_.Is("TABLE") || previous_.IsSymbol('.');
  if (is_table) return false;
  if (token.Is("SELECT") || token.Is("WITH") || token.Is("WATCH")) {
    statement_.data = ClientStatement::Data::kNone;
    return false;
  }
  size_t begin = 0;
  if (token.Is("VALUES")) {
    statement_.format = "Values";
    begin = token.end;
  } else if (token.Is("FORMAT") && IsName(next)) {
    statement_.format = next.text;
    begin = next.end;
    // The data begins on the next line, or after the blanks of this one.
    while (begin < text_.size() && (text_[begin] == ' ' || text_[begin] == '\t')) ++begin;
    if (text_.substr(begin).starts_with(';')) ++begin;
    if (text_.substr(begin).starts_with('\r')) ++begin;
    if (text_.substr(begin).starts_with('\n')) ++begin;
  } else {
    return false;
  }
  statement_.data = ClientStatement::Data::kFollows;
  statement_.data_begin = begin;
  return true;
}

std::optional<StatementError> Reader::CheckEnd() {
  for (Token token = scanner_.Next(); token.kind != Kind::kEnd; token = scanner_.Next()) {
    if (!token.IsSymbol(';')) {
      return StatementError{kSyntaxError,
                            "Syntax error (Multi-statements are not allowed) (SYNTAX_ERROR)"};
    }
  }
  return std::nullopt;
}

std::optional<StatementError> Reader::Read() {
  first_ = scanner_.Next();
  if (auto error = CheckFirst()) return error;
  statement_ = ClientStatement{};
  statement_.begin = first_.begin;
  is_insert_ = first_.Is("INSERT");
  if (is_insert_) statement_.data = ClientStatement::Data::kMissing;
  statement_.reads_only = first_.IsSymbol('(') || IsOneOf(first_.text, kReading);
  statement_.changes_session = first_.Is("SET") || first_.Is("USE");
  Token token = first_;
  while (token.kind != Kind::kEnd) {
    if (token.IsSymbol(';')) return CheckEnd();
    const Token next = scanner_.Next();
    if (auto error = Check(token, next)) return error;
    if (BeginData(token, next)) return std::nullopt;
    Note(token, next);
    previous_ = token;
    statement_.end = token.end;
    token = next;
  }
  return std::nullopt;
}

}  // namespace

std::optional<StatementError> ReadStatement(std::string_view text, ClientStatement& statement) {
  return Reader(text, statement).Read();
}

}  // namespace adtally
