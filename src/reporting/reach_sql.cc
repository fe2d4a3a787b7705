#include "reporting/reach_sql.h"

#include <algorithm>

#include "reporting/report_segments.h"
#include "reporting/report_sql.h"
#include "tiers/reach_sketch.h"

namespace adtally {

Statement JoinReach(const ReportRequest& request, const Statement& sums, const Statement& reach) {
  const std::string keys = GroupKeys(request);
  const std::string begin = keys.empty() ? "" : keys + ", ";
  std::string summed;
  std::string nothing;
  for (const std::string_view column : SumColumns(request)) {
    const std::string name(column);
    summed += "sum(" + Summand(column) + ") AS " + name + ", ";
    nothing += "0 AS " + name + ", ";
  }
  Statement joined;
  // A group of sums has an empty sketch, a sketch has no sums.
  joined.sql = "(SELECT " + begin + summed + std::string(kNoReach) + " AS " +
               std::string(kSketchColumn) + " FROM " + sums.sql +
               (keys.empty() ? "" : " GROUP BY " + keys) + " UNION ALL SELECT " + begin + nothing +
               std::string(kSketchColumn) + " FROM " + reach.sql + ")";
  joined.params = sums.params;
  for (const SqlParam& param : reach.params) {
    // The filters are in both, with the same values.
    if (std::ranges::find(joined.params, param.name, &SqlParam::name) != joined.params.end()) {
      continue;
    }
    joined.params.push_back(param);
  }
  return joined;
}

}  // namespace adtally
