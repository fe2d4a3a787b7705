#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aggregator/sql_checkpoint_store.h"
#include "base/utc_date.h"
#include "store/chdb_store.h"
#include "store/migrations.h"

// For tests of SqlCheckpointStore with the real engine: what a checkpoint brings.
namespace adtally {

// In 2084: the tables drop what is older than their TTL, by the machine's clock.
inline constexpr uint32_t kHour = 1'000'000;
inline constexpr uint64_t kEventsPerCheckpoint = 1'000;
inline std::unique_ptr<Store> OpenMigrated(const std::string& path) {
  auto store = ChdbStore::Open({.path = path}, NullLogger());
  EXPECT_TRUE(store.ok()) << store.error().message;
  const auto migrated = Migrate(**store);
  EXPECT_TRUE(migrated.ok()) << migrated.error().message;
  return std::move(*store);
}

// The rows of one hour of the checkpoint that ends at `end`, sorted: 50 rows with `end` clicks in
// all.
inline std::vector<MinuteRow> RowsOf(uint32_t hour, Offset end) {
  std::vector<MinuteRow> rows;
  for (uint32_t i = 0; i < 50; ++i) {
    MinuteRow row;
    row.key.minute = Minute(hour * 60 + i);
    row.key.dimensions = {.advertiser_id = 1 + i % 3,
                          .campaign_id = 5,
                          .ad_group_id = 6,
                          .creative_id = 7,
                          .device = Device::kMobile,
                          .country = CountryCode{{'U', 'S'}},
                          .region = RegionCode{{'C', 'A'}}};
    row.measures = {.impressions = 20, .clicks = i == 0 ? end.value : 0, .spend_micros = -3};
    rows.push_back(row);
  }
  std::ranges::sort(rows, {}, &MinuteRow::key);
  return rows;
}

// As many conversions as there are clicks in an hour's rows, of clicks of two months.
inline constexpr uint32_t kMonths[] = {208'312, 208'401};
inline std::vector<ClickConversionRow> ClicksOf(uint32_t month, Offset end) {
  std::vector<ClickConversionRow> rows;
  for (uint32_t i = 0; i < 2; ++i) {
    ClickConversionRow row;
    row.key.minute = Minute(static_cast<uint32_t>(MonthStart(month) / 60) + i);
    row.key.dimensions = RowsOf(kHour, end)[i].key.dimensions;
    row.conversions = i == 0 ? end.value : 0;
    row.invalid_conversions = i;
    row.conversion_value_micros = 7;
    rows.push_back(row);
  }
  return rows;
}

inline LedgerRow LedgerOf(Offset end) {
  LedgerRow row;
  row.append_minute = Minute(kHour * 60 + static_cast<uint32_t>(end.value / kEventsPerCheckpoint));
  row.received = kEventsPerCheckpoint;
  row.counted = kEventsPerCheckpoint - 3;
  row.duplicate = 1;
  row.invalid[1] = 1;
  row.late = 1;
  return row;
}

inline std::string Ask(Store& store, std::string_view sql) {
  auto result = store.Query(sql, {}, "TSV");
  return result.ok() ? *std::move(result) : "error: " + result.error().message;
}

}  // namespace adtally
