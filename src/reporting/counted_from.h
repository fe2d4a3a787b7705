#pragma once

#include <cstdint>

#include "base/result.h"
#include "reporting/constant_answers.h"
#include "store/store.h"

namespace adtally {

// The migrations of the schema that brought something to count.
inline constexpr uint32_t kClickConversionsMigration = 9;
inline constexpr uint32_t kDuplicatesMigration = 10;

// The first event time from which on the store has counted all of what a migration brought, seconds
// since the epoch; 0 when it always has. A store that is older than the migration has counted
// without it: it begins with the second whole hour after, since processes of the version before may
// have counted on for some time.
Result<int64_t> CountedFrom(Store& store, ConstantAnswers& known, uint32_t migration);

}  // namespace adtally
