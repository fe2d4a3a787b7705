#include "maintenance/reach_rows.h"

#include "maintenance/maintenance_pass.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/reach_sketch.h"

namespace adtally {
namespace {

std::string Time(int64_t utc_s) {
  return "toDateTime(" + std::to_string(utc_s) + ", 'UTC')";
}

}  // namespace

Result<std::vector<uint32_t>> QuarterPartitions(Store& store) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT toUInt32(_partition_id) AS day, count() FROM adtally.reach_quarter "
                    "GROUP BY day ORDER BY day",
                    {}},
                   "RowBinary"));
  std::vector<uint32_t> days;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    days.push_back(reader.UInt32());
    reader.UInt64();
  }
  if (reader.ok()) return days;
  return Error{ErrorCode::kInternal,
               "the store's answer about adtally.reach_quarter cannot be read"};
}

UtcHours QuartersOf(const LocalDay& day) {
  return {day.utc_s() - kMaxOffsetS, day.utc_s() + kDayS + kMaxOffsetS};
}

std::string QuarterRows(const LocalDay& day) {
  const UtcHours span = QuartersOf(day);
  return "adtally.reach_quarter WHERE quarter >= " + Time(span.from_s) + " AND quarter < " +
         Time(span.to_s);
}

std::string ReachRows(Generation generation, const LocalDay& day) {
  return "adtally.reach WHERE _partition_id = '" + PartitionId(day.month, generation) +
         "' AND day = " + DateLiteral(day);
}

std::string ReachHash(std::string_view rows) {
  return "assumeNotNull((SELECT sum(cityHash64(advertiser_id, campaign_id, reach)) FROM (SELECT "
         "advertiser_id, campaign_id, " +
         std::string(kCountReach) + "(users) AS reach FROM " + std::string(rows) +
         " GROUP BY advertiser_id, campaign_id)))";
}

}  // namespace adtally
