#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "maintenance/archive.h"
#include "maintenance/archive_manifest.h"
#include "maintenance/archive_plan.h"
#include "store/statement.h"
#include "tiers/archive_reader.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {

// For tests: a store with months of hours that are final and rolled up by day.

inline constexpr int64_t kArchiveTestNowMs = 1'796'000'000'000;  // 2026-11-30

inline void RunSql(Store& store, const std::string& sql) {
  const auto result = store.Query(sql, {}, "");
  ASSERT_TRUE(result.ok()) << sql << ": " << result.error().message;
}

inline std::string AskSql(Store& store, const Statement& select) {
  const auto result = store.Query(select.sql, select.params, "TSVRaw");
  EXPECT_TRUE(result.ok()) << select.sql << ": " << result.error().message;
  return result.ok() ? *result : "";
}

inline std::map<uint32_t, TierPartition> StatusOf(Store& store, Tier tier) {
  auto status = ReadTierStatus(store, tier);
  EXPECT_TRUE(status.ok()) << status.error().message;
  return status.ok() ? std::move(status).value() : std::map<uint32_t, TierPartition>();
}

inline std::vector<ArchiveFile> KnownFiles(Store& store) {
  auto files = ReadArchiveFiles(store, 0, UINT32_MAX);
  EXPECT_TRUE(files.ok()) << files.error().message;
  return files.ok() ? std::move(files).value() : std::vector<ArchiveFile>();
}

// What is published of a partition, to publish other slots over it.
inline TierPartition PublishedOf(Store& store, Tier tier, uint32_t partition) {
  auto status = StatusOf(store, tier);
  return status.contains(partition) ? status[partition] : TierPartition{.partition = partition};
}

// One day of the hour tier, final and in one generation, with `rows` rows of ten advertisers.
inline void FillHotDay(Store& store, int64_t day_s, uint32_t rows, Generation generation) {
  if (rows > 0) {
    RunSql(store, "INSERT INTO adtally.hour (hour, hour_minutes, generation, " +
                      std::string(kDimensionColumns) +
                      ", impressions, clicks, spend_micros) SELECT toDateTime(" +
                      std::to_string(day_s) + " + number % 24 * 3600, 'UTC'), 60, " +
                      std::to_string(generation) +
                      ", 1 + number % 10, intDiv(number, 240), number, 1, 'mobile', 'DE', "
                      "'DE-BE', 1 + rand() % 100, rand(1) % 10, -toInt64(rand(2)) FROM numbers(" +
                      std::to_string(rows) + ")");
  }
  TierPartition day = PublishedOf(store, Tier::kHour, DayNumber(day_s));
  for (uint8_t hour = 0; hour < 24; ++hour) {
    day.Set({.slot = hour, .generation = generation, .mark = 2, .final = true});
  }
  EXPECT_TRUE(PublishTierStatus(store, Tier::kHour, day, kArchiveTestNowMs).value());
}

// Days of the day tier, without rows: that they are published is all that counts here.
inline void PublishDays(Store& store, uint32_t month) {
  TierPartition days = PublishedOf(store, Tier::kDay, month);
  for (uint8_t day = 1; day <= 31; ++day) days.Set({.slot = day, .generation = 1, .final = true});
  EXPECT_TRUE(PublishTierStatus(store, Tier::kDay, days, kArchiveTestNowMs).value());
}

inline void FillHotMonth(Store& store, uint32_t month, uint32_t rows_per_day) {
  const Generation generation = NewGeneration();
  for (int64_t at = MonthStart(month); at < MonthStart(NextMonth(month)); at += kSecondsPerDay) {
    FillHotDay(store, at, rows_per_day, generation);
  }
  PublishDays(store, month);
  PublishDays(store, NextMonth(month));
}

// What is published of hours, each day from the tier that has it, as reports read it: the number of
// rows and a hash of what they hold.
inline std::string AllHours(Store& store, ArchiveReader& reader) {
  std::vector<TierPartition> hot;
  std::set<uint32_t> hot_days;
  for (const auto& [number, day] : StatusOf(store, Tier::kHour)) {
    if (day.slots.empty()) continue;
    hot.push_back(day);
    hot_days.insert(number);
  }
  Statement rows{"SELECT " + ArchiveColumns() + " FROM " + RowsOfDays(hot), {}};
  const std::vector<ArchiveFile> known = KnownFiles(store);
  std::vector<ArchiveFile> files;
  std::string days;
  for (const auto& [number, month] : StatusOf(store, Tier::kArchive)) {
    for (const TierSlot& slot : month.slots) {
      const uint32_t day = number * 100 + slot.slot;
      if (!hot_days.contains(day)) days += (days.empty() ? "" : ", ") + std::to_string(day);
    }
    for (const ArchiveFile& file : PublishedFiles(month, known)) files.push_back(file);
  }
  if (!files.empty() && !days.empty()) {
    const auto source = reader.Source(store, files);
    EXPECT_TRUE(source.ok()) << source.error().message;
    if (!source.ok()) return source.error().message;
    rows.sql += " UNION ALL SELECT " + ArchiveColumns() + " FROM " + source->sql +
                " WHERE toYYYYMMDD(hour) IN (" + days + ")";
    rows.params = source->params;
  }
  const std::string all = "(" + rows.sql + ")";
  return AskSql(store, {"SELECT (SELECT count() FROM " + all + "), " + ContentHash(all) +
                            ", (SELECT sum(cityHash64(" + ArchiveColumns() + ")) FROM " + all + ")",
                        rows.params});
}

// The names below a folder, in order.
inline std::vector<std::string> FilesBelow(const std::string& folder) {
  std::set<std::string> names;
  if (!std::filesystem::exists(folder)) return {};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      names.insert(entry.path().lexically_relative(folder).string());
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace adtally
