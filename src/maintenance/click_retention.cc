#include "maintenance/click_retention.h"

#include <string>
#include <vector>

#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

// The months that hold clicks or receipts, ascending.
Result<std::vector<uint32_t>> ClickMonths(Store& store) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT DISTINCT toUInt32(_partition_id) AS month FROM "
                               "adtally.click_conversion ORDER BY month",
                               {}},
                              "RowBinary"));
  std::vector<uint32_t> months;
  RowBinaryReader reader(answer);
  while (!reader.done()) months.push_back(reader.UInt32());
  if (reader.ok()) return months;
  return Error{ErrorCode::kInternal,
               "the store's answer about adtally.click_conversion cannot be read"};
}

}  // namespace

Result<uint64_t> ClickRetention::Apply(const MaintenancePass& pass, int64_t grace_ms) {
  ADTALLY_ASSIGN(const auto floors, ReadTierFloors(pass.store));
  const auto floor = floors.find(Tier::kDay);
  std::vector<std::string> unneeded;
  if (floor != floors.end()) {
    ADTALLY_ASSIGN(const std::vector<uint32_t> months, ClickMonths(pass.store));
    for (const uint32_t month : months) {
      if (MonthStart(NextMonth(month)) <= floor->second) unneeded.push_back(std::to_string(month));
    }
  }
  return drops_.Drop(pass, unneeded, grace_ms);
}

}  // namespace adtally
