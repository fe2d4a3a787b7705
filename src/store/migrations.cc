#include "store/migrations.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "store/cluster_schema.h"

namespace adtally {
namespace {

constexpr std::string_view kBootstrap[] = {
    "CREATE DATABASE IF NOT EXISTS adtally ENGINE = Atomic",
    "CREATE TABLE IF NOT EXISTS adtally.schema_migrations"
    " (number UInt32, name String, applied_at DateTime('UTC') DEFAULT now())"
    " ENGINE = ReplacingMergeTree ORDER BY number"
    " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
};

Result<std::vector<uint32_t>> AppliedMigrations(Store& store) {
  ADTALLY_ASSIGN(
      const std::string text,
      store.Query("SELECT DISTINCT number FROM adtally.schema_migrations ORDER BY number", {},
                  "TSV"));
  std::vector<uint32_t> applied;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    uint32_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || next == end || *next != '\n') {
      return Error{ErrorCode::kCorrupt,
                   "adtally.schema_migrations holds something that is not a number"};
    }
    applied.push_back(number);
    at = next + 1;
  }
  return applied;
}

Result<void> Run(Store& store, std::string_view statement, std::string_view cluster) {
  if (cluster.empty()) {
    ADTALLY_TRY(store.Query(statement, {}, ""));
    return {};
  }
  ADTALLY_ASSIGN(const std::vector<std::string> statements, ClusterStatements(statement, cluster));
  for (const std::string& one : statements) ADTALLY_TRY(store.Query(one, {}, ""));
  return {};
}

// A statement for all hosts waits for all of them, so none is sent without need.
Result<bool> NeedsBootstrap(Store& store, std::string_view cluster) {
  if (cluster.empty()) return true;
  ADTALLY_ASSIGN(const std::string exists,
                 store.Query("EXISTS TABLE adtally.schema_migrations", {}, "TSV"));
  return !exists.starts_with('1');
}

Result<void> Apply(Store& store, const Migration& migration, std::string_view cluster) {
  for (const std::string& statement : SplitStatements(migration.sql)) {
    auto result = Run(store, statement, cluster);
    if (!result.ok()) {
      return std::move(result).error().WithContext("schema migration " +
                                                   std::string(migration.name));
    }
  }
  ADTALLY_TRY(store.Query(
      "INSERT INTO adtally.schema_migrations (number, name) SELECT {number:UInt32}, {name:String}",
      {{"number", std::to_string(migration.number)}, {"name", std::string(migration.name)}}, ""));
  return {};
}

}  // namespace

std::vector<std::string> SplitStatements(std::string_view sql) {
  std::vector<std::string> statements;
  std::string current;
  auto finish = [&] {
    const size_t begin = current.find_first_not_of(" \n\t\r");
    if (begin != std::string::npos) {
      const size_t end = current.find_last_not_of(" \n\t\r");
      statements.push_back(current.substr(begin, end - begin + 1));
    }
    current.clear();
  };
  for (size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (c == '-' && i + 1 < sql.size() && sql[i + 1] == '-') {
      i = std::min(sql.find('\n', i), sql.size() - 1);
      current += '\n';
    } else if (c == '\'' || c == '`' || c == '"') {
      size_t end = i + 1;
      while (end < sql.size() && sql[end] != c) end += sql[end] == '\\' ? 2 : 1;
      current += sql.substr(i, end - i + 1);
      i = end;
    } else if (c == ';') {
      finish();
    } else {
      current += c;
    }
  }
  finish();
  return statements;
}

Result<void> Migrate(Store& store, std::string_view cluster) {
  return Migrate(store, SchemaMigrations(), cluster);
}

Result<void> Migrate(Store& store, std::span<const Migration> migrations,
                     std::string_view cluster) {
  ADTALLY_ASSIGN(const bool bootstrap, NeedsBootstrap(store, cluster));
  if (bootstrap) {
    for (std::string_view statement : kBootstrap) ADTALLY_TRY(Run(store, statement, cluster));
  }
  ADTALLY_ASSIGN(const std::vector<uint32_t> applied, AppliedMigrations(store));
  const uint32_t known = migrations.empty() ? 0 : migrations.back().number;
  if (!applied.empty() && applied.back() > known) {
    return Error{ErrorCode::kConflict, "the database has schema " + std::to_string(applied.back()) +
                                           " and this adtally knows only up to " +
                                           std::to_string(known) +
                                           ": upgrade adtally, or choose another --data"};
  }
  for (const Migration& migration : migrations) {
    if (std::ranges::binary_search(applied, migration.number)) continue;
    ADTALLY_TRY(Apply(store, migration, cluster));
  }
  return {};
}

Result<std::vector<std::string>> ClusterSchemaStatements(std::string_view cluster) {
  std::vector<std::string> all;
  const auto add = [&](std::string_view statement) -> Result<void> {
    ADTALLY_ASSIGN(std::vector<std::string> statements, ClusterStatements(statement, cluster));
    std::ranges::move(statements, std::back_inserter(all));
    return {};
  };
  for (std::string_view statement : kBootstrap) ADTALLY_TRY(add(statement));
  for (const Migration& migration : SchemaMigrations()) {
    for (const std::string& statement : SplitStatements(migration.sql)) {
      ADTALLY_TRY(add(statement));
    }
  }
  return all;
}

}  // namespace adtally
