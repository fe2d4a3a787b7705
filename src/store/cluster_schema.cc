#include "store/cluster_schema.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "store/sql_param.h"

namespace adtally {
namespace {

constexpr std::string_view kByShard[] = {"minute", "ledger",        "progress", "hour",
                                         "day",    "reach_quarter", "reach",    "click_conversion"};
constexpr std::string_view kLocalSuffix = "_local";
constexpr std::string_view kDatabase = "adtally.";
constexpr std::string_view kCreateDatabase = "CREATE DATABASE IF NOT EXISTS adtally";
constexpr std::string_view kCreateTable = "CREATE TABLE IF NOT EXISTS adtally.";
constexpr std::string_view kAlterTable = "ALTER TABLE adtally.";
constexpr std::string_view kEngine = "ENGINE = ";
constexpr std::string_view kTokenWindow = "non_replicated_deduplication_window = 10000";

// A token is asked for in Keeper in the transaction that commits the part. It must outlive any
// pause of an aggregator between asking for receipts and inserting, so the limit by time, an hour
// by default, is set out of the way: a week.
constexpr std::string_view kReplicatedTokenWindow =
    "replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800";
// Parts that a replica fetches are fsynced as are those that it inserts, since a quorum of replicas
// is what makes rows durable.
constexpr std::string_view kFetchSettings = "min_compressed_bytes_to_fsync_after_fetch = 1";

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

size_t WordEnd(std::string_view sql, size_t begin) {
  size_t end = begin;
  while (end < sql.size() && IsWordCharacter(sql[end])) ++end;
  return end;
}

std::string LocalName(std::string_view table) {
  std::string name(table);
  if (KeptByShard(table)) name += kLocalSuffix;
  return name;
}

std::string OnCluster(std::string_view cluster) {
  return " ON CLUSTER " + QuotedText(cluster);
}

// "AggregatingMergeTree" or "ReplacingMergeTree(version)" at the beginning of `text`, replicated.
std::optional<std::string> ReplicatedEngine(std::string_view table, std::string_view& text) {
  const size_t name_end = WordEnd(text, 0);
  const std::string_view name = text.substr(0, name_end);
  if (!name.ends_with("MergeTree")) return std::nullopt;
  text.remove_prefix(name_end);
  std::string arguments;
  if (text.starts_with('(')) {
    const size_t close = text.find(')');
    if (close == std::string_view::npos) return std::nullopt;
    arguments = ", " + std::string(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  }
  const std::string path = "'/clickhouse/tables/{database}/" + std::string(table);
  const std::string place =
      KeptByShard(table) ? path + "/{shard}', '{replica}'" : path + "', '{shard}-{replica}'";
  return "Replicated" + std::string(name) + "(" + place + arguments + ")";
}

// What follows the engine, with the settings of a replicated table.
std::string ReplicatedSettings(std::string_view text) {
  std::string out(text);
  if (const size_t at = out.find(kTokenWindow); at != std::string::npos) {
    out.replace(at, kTokenWindow.size(), kReplicatedTokenWindow);
  }
  out += out.find("SETTINGS") == std::string::npos ? " SETTINGS " : ", ";
  out += kFetchSettings;
  return out;
}

std::optional<std::vector<std::string>> CreateTable(std::string_view rest,
                                                    std::string_view cluster) {
  const std::string_view table = rest.substr(0, WordEnd(rest, 0));
  rest.remove_prefix(table.size());
  const size_t engine = rest.find(kEngine);
  if (table.empty() || engine == std::string_view::npos) return std::nullopt;
  std::string_view after = rest.substr(engine + kEngine.size());
  const auto replicated = ReplicatedEngine(table, after);
  if (!replicated) return std::nullopt;
  const std::string local = LocalName(table);
  std::vector<std::string> statements;
  statements.push_back(std::string(kCreateTable) + local + OnCluster(cluster) +
                       std::string(rest.substr(0, engine + kEngine.size())) + *replicated +
                       ReplicatedSettings(after));
  if (local != table) {
    statements.push_back(std::string(kCreateTable) + std::string(table) + OnCluster(cluster) +
                         " AS adtally." + local + " ENGINE = Distributed(" + QuotedText(cluster) +
                         ", adtally, " + local + ")");
  }
  return statements;
}

std::optional<std::vector<std::string>> AlterTable(std::string_view rest,
                                                   std::string_view cluster) {
  const std::string_view table = rest.substr(0, WordEnd(rest, 0));
  const std::string_view what = rest.substr(table.size());
  const size_t word = what.find_first_not_of(" \n\t");
  const std::string_view change = word == std::string_view::npos ? "" : what.substr(word);
  const auto alter = [&](std::string_view name) {
    return std::string(kAlterTable) + std::string(name) + OnCluster(cluster) + std::string(what);
  };
  const std::string local = LocalName(table);
  if (change.starts_with("MODIFY SETTING")) return std::vector{alter(local)};
  if (!change.starts_with("ADD COLUMN IF NOT EXISTS")) return std::nullopt;
  // The rows' table first: the one in front reads it.
  std::vector<std::string> statements = {alter(local)};
  if (local != table) statements.push_back(alter(table));
  return statements;
}

std::optional<std::vector<std::string>> Translate(std::string_view statement,
                                                  std::string_view cluster) {
  if (statement.starts_with(kCreateDatabase)) {
    return std::vector<std::string>{std::string(kCreateDatabase) + OnCluster(cluster) +
                                    std::string(statement.substr(kCreateDatabase.size()))};
  }
  if (statement.starts_with(kCreateTable)) {
    return CreateTable(statement.substr(kCreateTable.size()), cluster);
  }
  if (statement.starts_with(kAlterTable)) {
    return AlterTable(statement.substr(kAlterTable.size()), cluster);
  }
  return std::nullopt;
}

}  // namespace

bool KeptByShard(std::string_view table) {
  return std::ranges::find(kByShard, table) != std::end(kByShard);
}

Result<std::vector<std::string>> ClusterStatements(std::string_view statement,
                                                   std::string_view cluster) {
  auto statements = Translate(statement, cluster);
  if (statements) return *std::move(statements);
  return Error{ErrorCode::kInvalidArgument,
               "this statement of the schema has no form for a cluster: " +
                   std::string(statement.substr(0, 80))};
}

ShardStatement OnShard(std::string_view sql) {
  ShardStatement out;
  for (size_t i = 0; i < sql.size();) {
    const size_t at = std::min(sql.find(kDatabase, i), sql.size());
    out.sql += sql.substr(i, at - i);
    if (at == sql.size()) break;
    const size_t name_begin = at + kDatabase.size();
    const size_t name_end = WordEnd(sql, name_begin);
    std::string name = "adtally." + LocalName(sql.substr(name_begin, name_end - name_begin));
    out.sql += name;
    if (std::ranges::find(out.tables, name) == out.tables.end()) {
      out.tables.push_back(std::move(name));
    }
    i = name_end;
  }
  return out;
}

}  // namespace adtally
