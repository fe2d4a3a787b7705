#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace adtally {

// The tables of src/store/schema in a ClickHouse cluster of shards and replicas.
//
// Tables that hold what was counted (minute, ledger, progress) are kept by shard: `X_local` holds
// the rows of a shard's log partitions, replicated within the shard, and `X` is a Distributed table
// over all of them, for reading. All others are small: `X` holds all rows on every host, replicated
// over the whole cluster.
//
// A host that joins makes its tables as they are in Keeper: a column that a later migration adds
// must be in the statement that creates the table too, in the same place.
//
// Paths in Keeper are made of the names of database, table and shard, not of {uuid}: running the
// statements again after a host was added makes the tables there, on the same paths.

// True of `adtally.minute` and the others whose rows are kept by shard; `table` is without
// database.
bool KeptByShard(std::string_view table);

// The statements that do on all hosts of the cluster what a statement of the schema does on one
// server. kInvalidArgument for a statement of a kind that the schema has not used before.
Result<std::vector<std::string>> ClusterStatements(std::string_view statement,
                                                   std::string_view cluster);

// What a statement of ours becomes when it is sent to one shard and is about that shard alone:
// adtally.X is adtally.X_local where X is kept by shard. `tables`: the replicated tables that it
// names, each once.
struct ShardStatement {
  std::string sql;
  std::vector<std::string> tables;
};
ShardStatement OnShard(std::string_view sql);

}  // namespace adtally
