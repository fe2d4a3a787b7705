#pragma once

#include <cstdint>
#include <string>

#include "store/chdb_test_support.h"

namespace adtally {

// As if the store had got its first table and what `migration` brought at these times, expressions
// of SQL.
inline void PretendMigrated(uint32_t migration, const std::string& first,
                            const std::string& added) {
  const std::string number = std::to_string(migration);
  ChdbTestStore::Run("ALTER TABLE adtally.schema_migrations DELETE WHERE number IN (1, " + number +
                     ") SETTINGS mutations_sync = 2");
  ChdbTestStore::Run(
      "INSERT INTO adtally.schema_migrations (number, name, applied_at) SELECT 1, 'first', " +
      first + " UNION ALL SELECT " + number + ", 'added', " + added);
}

}  // namespace adtally
