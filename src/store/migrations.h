#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

// One numbered step of the schema: a file of src/store/schema. Every statement must be harmless
// when it runs again, or twice at a time: a kill may come between any two of them, and several
// processes may start at once.
struct Migration {
  uint32_t number = 0;  // from 1, without gaps
  std::string_view name;
  std::string_view sql;
};

// The files of src/store/schema, in order. They are compiled into the binary.
std::span<const Migration> SchemaMigrations();

// The statements of a file, without comments and final semicolons.
std::vector<std::string> SplitStatements(std::string_view sql);

// Brings the database `adtally` to the newest schema, creating it when it is missing, and records
// each step in adtally.schema_migrations. Killed anywhere, the next call goes on. kConflict when
// the database is newer than this binary. Several processes may call it at once.
//
// `cluster`: the ClickHouse cluster whose hosts all get the tables (see cluster_schema.h); empty: a
// single server. All hosts must answer while there is something to do.
Result<void> Migrate(Store& store, std::string_view cluster = {});
Result<void> Migrate(Store& store, std::span<const Migration> migrations,
                     std::string_view cluster = {});

// Every statement that makes the tables on the hosts of a cluster, in order. Running them again
// makes what is missing, on a host that was added for instance.
Result<std::vector<std::string>> ClusterSchemaStatements(std::string_view cluster);

}  // namespace adtally
