#include "store/shard_store.h"

#include <utility>

#include "base/check.h"
#include "store/cluster_schema.h"

namespace adtally {
namespace {

Result<std::string> SyncAndQuery(Store& replica, const ShardStatement& statement,
                                 const std::vector<SqlParam>& params, std::string_view format) {
  for (const std::string& table : statement.tables) {
    ADTALLY_TRY(replica.Query("SYSTEM SYNC REPLICA " + table + " LIGHTWEIGHT", {}, ""));
  }
  return replica.Query(statement.sql, params, format);
}

}  // namespace

ShardStore::ShardStore(std::vector<std::unique_ptr<Store>> replicas)
    : replicas_(std::move(replicas)) {
  ADTALLY_CHECK(!replicas_.empty(), "a shard has at least one replica");
}

Result<std::string> ShardStore::Query(std::string_view sql, const std::vector<SqlParam>& params,
                                      std::string_view format) {
  const ShardStatement statement = OnShard(sql);
  size_t replica = current_;
  auto answer = SyncAndQuery(*replicas_[replica], statement, params, format);
  for (size_t tried = 1;
       tried < replicas_.size() && !answer.ok() && answer.error().code == ErrorCode::kUnavailable;
       ++tried) {
    MoveOn(replica);
    replica = (replica + 1) % replicas_.size();
    answer = SyncAndQuery(*replicas_[replica], statement, params, format);
  }
  return answer;
}

Result<void> ShardStore::Insert(std::string_view into, std::string_view native_block,
                                std::string_view deduplication_token) {
  const size_t replica = current_;
  auto inserted = replicas_[replica]->Insert(OnShard(into).sql, native_block, deduplication_token);
  if (!inserted.ok() && inserted.error().code == ErrorCode::kUnavailable) MoveOn(replica);
  return inserted;
}

void ShardStore::MoveOn(size_t failed) {
  current_.compare_exchange_strong(failed, (failed + 1) % replicas_.size());
}

}  // namespace adtally
