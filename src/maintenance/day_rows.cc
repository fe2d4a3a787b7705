#include "maintenance/day_rows.h"

namespace adtally {

std::string DayRows(Generation generation, const LocalDay& day) {
  return "adtally.day WHERE _partition_id = '" + PartitionId(day.month, generation) +
         "' AND day = " + DateLiteral(day);
}

}  // namespace adtally
