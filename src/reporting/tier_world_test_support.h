#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reporting/report_oracle_test_support.h"
#include "testing/manual_clock.h"
#include "testing/temporary_folder.h"
#include "tiers/archive_files.h"
#include "tiers/archive_reader.h"
#include "tiers/file_checksum.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

// For tests: traffic in a random state of the tiers, as rollups, late events, compaction, archiving
// and retention may leave it.
namespace adtally::report_oracle {

inline constexpr int64_t kHourS = 3600;
inline constexpr int64_t kDayS = 86'400;

inline int64_t Floor(int64_t time_s, int64_t step_s) {
  return time_s - time_s % step_s;
}

// Days since the epoch.
inline int64_t LocalDay(const std::string& zone, int64_t utc_s) {
  return (utc_s + OffsetOf(zone, utc_s)) / kDayS;
}

inline void ClearTiers() {
  for (const auto* table :
       {"minute", "hour", "day", "tier_status", "tier_floor", "day_accounts", "archive_files"}) {
    ChdbTestStore::Clear(table);
  }
}

// Whose days are in which zone. Advertiser 6 had another one before `from_day`.
struct Account {
  std::string zone;
  std::string earlier_zone = {};
  int64_t from_day = 0;  // days since the epoch
};

class TierWorld {
 public:
  // 41 days around a change of clocks. Clears the tables and fills them.
  TierWorld(uint32_t seed, int64_t middle_s)
      : random_(seed), begin_s_(middle_s - 15 * kDayS), end_s_(middle_s + 26 * kDayS) {
    Decide();
    MakeRows();
    FillTables();
  }

  const std::vector<Row>& rows() const { return rows_; }
  ArchiveReader& archive() { return archive_; }
  int64_t begin_s() const { return begin_s_; }
  int64_t end_s() const { return end_s_; }
  const std::map<uint32_t, Account>& accounts() const { return accounts_; }
  int64_t gone_before_s() const { return gone_before_s_; }
  int64_t minute_floor_s() const { return minute_floor_s_; }
  bool IsRolled(int64_t hour_s) const { return rolled_.contains(hour_s); }
  // That is published and kept, in days since the epoch.
  bool HasDay(int64_t day) const { return days_.contains(day) && day >= day_floor_; }
  const std::set<int64_t>& days() const { return days_; }
  // Whether the advertiser's rows of this hour are by quarters.
  bool InQuarters(uint32_t advertiser, int64_t hour_s) const {
    return OffsetOf(ZoneAt(accounts_.at(advertiser), hour_s), hour_s) % kHourS != 0;
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  bool Chance(size_t percent) { return Below(100) < percent; }
  const std::string& ZoneAt(const Account& account, int64_t utc_s) const {
    const bool earlier = LocalDay(account.zone, utc_s + kHourS) < account.from_day;
    return earlier && !account.earlier_zone.empty() ? account.earlier_zone : account.zone;
  }

  void Decide();
  void MakeRows();
  void FillTables();
  void RollHours();
  void RollDays();
  void InsertHours(const std::map<int64_t, Generation>& generations, uint64_t times);
  void InsertDays(const std::map<int64_t, Generation>& generations, uint64_t times);
  void DropMinutes();
  void Archive();
  ArchiveFile WriteFile(uint32_t month, const std::string& slots, uint32_t first, uint32_t last);

  std::mt19937 random_;
  int64_t begin_s_;
  int64_t end_s_;
  int64_t gone_before_s_ = 0;   // hours are dropped, and in no archive
  int64_t minute_floor_s_ = 0;  // minutes are dropped
  int64_t final_before_s_ = 0;  // nothing comes into these hours any more
  int64_t rolled_before_s_ = 0;
  int64_t archived_before_s_ = 0;
  int64_t first_day_ = 0;  // that is rolled up, days since the epoch
  int64_t day_floor_ = 0;  // the first that is kept
  int64_t end_day_ = 0;
  std::map<uint32_t, Account> accounts_;
  std::vector<Row> rows_;  // all that was delivered, late ones too
  std::vector<Row> late_;
  std::set<int64_t> rolled_;                 // hours that are published and clean
  std::map<int64_t, Generation> published_;  // hours, and who holds them
  std::set<int64_t> days_;                   // days since the epoch that are published
  TemporaryFolder folder_;
  ManualClock clock_{0};
  ArchiveReader archive_{{.kind = ArchivePlace::Kind::kFolder, .folder = folder_.path()}, clock_};
};

inline void TierWorld::Decide() {
  const auto hours_after = [&](int64_t from_s, size_t most) {
    return from_s + static_cast<int64_t>(Below(most)) * kHourS;
  };
  minute_floor_s_ = hours_after(begin_s_ + 10 * kDayS, 12 * 24);
  final_before_s_ = hours_after(minute_floor_s_, 8 * 24);
  rolled_before_s_ = hours_after(final_before_s_, 40);
  gone_before_s_ = Chance(50) ? hours_after(begin_s_ - kDayS, 8 * 24) : 0;
  if (Chance(10)) minute_floor_s_ = 0;
  const int64_t oldest_s = std::min(minute_floor_s_, final_before_s_);
  if (Chance(60))
    archived_before_s_ = Floor(oldest_s, kDayS) - static_cast<int64_t>(Below(9)) * kDayS;
  first_day_ = begin_s_ / kDayS + static_cast<int64_t>(Below(4)) - 1;
  day_floor_ = Chance(40) ? first_day_ + static_cast<int64_t>(Below(6)) : 0;
  end_day_ = final_before_s_ / kDayS - 1;
  accounts_ = {{1, {"Europe/Berlin"}}, {2, {"Asia/Kathmandu"}},      {3, {"UTC"}},
               {4, {"Asia/Kolkata"}},  {5, {"Australia/Lord_Howe"}}, {6, {"Europe/Berlin"}}};
  if (Chance(70)) {
    accounts_[6] = {"Asia/Kathmandu", "Europe/Berlin",
                    first_day_ + static_cast<int64_t>(Below(20))};
  }
  if (Chance(30)) accounts_ = {{1, {"Europe/Berlin"}}, {6, {"Europe/Berlin"}}};
}

inline void TierWorld::MakeRows() {
  // Few hours, since each is a partition; some of them one after the other, around midnights.
  std::vector<int64_t> hours;
  while (hours.size() < 40) {
    const int64_t day_s = begin_s_ + static_cast<int64_t>(Below(41)) * kDayS;
    const int64_t middle_s =
        day_s + static_cast<int64_t>(std::array{0, 13, 15, 18, 22, 7}[Below(6)]) * kHourS;
    for (int64_t i = -1; i < 2; ++i) hours.push_back(middle_s + i * kHourS);
  }
  std::erase_if(hours, [&](int64_t hour_s) { return hour_s < begin_s_ || hour_s >= end_s_; });
  for (int i = 0; i < 500; ++i) {
    Row row;
    const int64_t hour_s = hours[Below(hours.size())];
    row.minute_s = hour_s + static_cast<int64_t>(Below(3) == 0 ? Below(4) * 15 : Below(60)) * 60;
    auto account = accounts_.begin();
    std::advance(account, Below(accounts_.size()));
    const uint32_t advertiser = account->first;
    const auto campaign = static_cast<uint32_t>(advertiser * 10 + Below(2));
    row.ids = {advertiser, campaign, campaign * 10, campaign * 100};
    row.texts = {std::string(kDevices[Below(3)]), std::array{"DE", "US", ""}[Below(3)],
                 std::array{"BY", ""}[Below(2)]};
    for (uint64_t& value : row.counts) value = Below(4) == 0 ? 0 : Below(1000);
    for (int64_t& value : row.micros) value = static_cast<int64_t>(Below(1u << 30));
    const bool late = hour_s >= final_before_s_ && hour_s < rolled_before_s_ && Chance(20);
    (late ? late_ : rows_).push_back(row);
  }
}

// The rows, and a receipt in each hour that they touch.
inline void Deliver(std::vector<Row> rows, uint32_t end_offset) {
  std::set<int64_t> hours;
  for (const Row& row : rows) hours.insert(row.minute_s - row.minute_s % kHourS);
  for (const int64_t hour_s : hours) {
    Row receipt;
    receipt.minute_s = hour_s;
    receipt.ids = {0, 1, end_offset, 1};
    receipt.texts = {"other", "", ""};
    rows.push_back(receipt);
  }
  if (!rows.empty()) InsertRows(rows);
}

inline void TierWorld::FillTables() {
  ClearTiers();
  Deliver(rows_, 1);
  RollHours();
  Archive();
  RollDays();
  Deliver(late_, 2);
  for (const Row& row : late_) rolled_.erase(Floor(row.minute_s, kHourS));
  rows_.insert(rows_.end(), late_.begin(), late_.end());
  DropMinutes();
}

// One INSERT of the hours' rows under their generations, with all measures multiplied.
inline void TierWorld::InsertHours(const std::map<int64_t, Generation>& generations,
                                   uint64_t times) {
  if (generations.empty()) return;
  std::string hours;
  std::string numbers;
  for (const auto& [hour_s, generation] : generations) {
    hours += (hours.empty() ? "" : ",") + std::to_string(hour_s);
    numbers += (numbers.empty() ? "" : ",") + std::to_string(generation);
  }
  std::string quarters = "multiIf(";
  for (const auto& [id, account] : accounts_) {
    const auto off = [](const std::string& zone) {
      return "timeZoneOffset(toTimeZone(toStartOfHour(minute), '" + zone + "')) % 3600 != 0";
    };
    const std::string is = "advertiser_id = " + std::to_string(id);
    if (!account.earlier_zone.empty()) {
      quarters += is + " AND toUInt16(toDate(toStartOfHour(minute) + 3600, '" + account.zone +
                  "')) < " + std::to_string(account.from_day) + ", " + off(account.earlier_zone) +
                  ", ";
    }
    quarters += is + ", " + off(account.zone) + ", ";
  }
  quarters += "0)";
  std::string measures = SummedMeasures();
  for (size_t at = measures.find(") AS"); at != std::string::npos;
       at = measures.find(") AS", at + 9)) {
    measures.replace(at, 1, ") * " + std::to_string(times));
  }
  ChdbTestStore::Run(
      "INSERT INTO adtally.hour (hour, hour_minutes, generation, " +
      std::string(kDimensionColumns) + ", " + std::string(kMeasureColumns) + ") SELECT if(" +
      quarters + ", toStartOfFifteenMinutes(minute), toStartOfHour(minute)), if(" + quarters +
      ", 15, 60), transform(toUnixTimestamp(toStartOfHour(minute)), [" + hours + "], [" + numbers +
      "], toUInt32(0)) AS g, " + std::string(kDimensionColumns) + ", " + measures +
      " FROM adtally.minute WHERE advertiser_id != 0 AND toUnixTimestamp(toStartOfHour(minute)) IN "
      "(" +
      hours + ") GROUP BY ALL SETTINGS max_partitions_per_insert_block = 0");
}

inline void TierWorld::RollHours() {
  const auto marks = HourMarks(ChdbTestStore::Get(), begin_s_, end_s_);
  ASSERT_TRUE(marks.ok()) << marks.error().message;
  std::map<int64_t, Generation> wrong;  // rows of generations that do not hold these hours
  for (int64_t day_s = begin_s_; day_s < rolled_before_s_; day_s += kDayS) {
    if (day_s + kDayS <= gone_before_s_) continue;
    TierPartition status{.partition = DayNumber(day_s)};
    std::array<Generation, 3> some = {NewGeneration(), NewGeneration(), NewGeneration()};
    const bool compact = day_s + kDayS <= final_before_s_ && Chance(60);
    for (uint8_t i = 0; i < 24; ++i) {
      const int64_t hour_s = day_s + i * kHourS;
      if (hour_s >= rolled_before_s_) break;
      const auto mark = marks->find(hour_s);
      const bool must = hour_s < minute_floor_s_ && mark != marks->end();
      if (!must && !compact && Chance(15)) continue;
      const Generation generation = compact ? some[0] : some[Below(some.size())];
      TierSlot slot{i, generation, mark == marks->end() ? kEmptyHourMark : mark->second,
                    compact || (hour_s < final_before_s_ && Chance(60))};
      if (hour_s < minute_floor_s_ && Chance(50)) slot.mark = 99;  // nobody can know it any more
      status.Set(slot);
      rolled_.insert(hour_s);
      published_[hour_s] = generation;
      wrong[hour_s] = compact || Chance(50) ? 7 : some[generation == some[0] ? 1 : 0];
    }
    ASSERT_TRUE(PublishTierStatus(ChdbTestStore::Get(), Tier::kHour, status, 1).value());
  }
  InsertHours(published_, 1);
  InsertHours(wrong, 1000);
  if (gone_before_s_ > 0) {
    gone_before_s_ = Floor(gone_before_s_, kDayS);
    ASSERT_TRUE(RaiseTierFloor(ChdbTestStore::Get(), Tier::kArchive, gone_before_s_).value());
  }
}

// A Parquet file of the published hours (tuples in SQL) of some advertisers.
inline ArchiveFile TierWorld::WriteFile(uint32_t month, const std::string& slots, uint32_t first,
                                        uint32_t last) {
  const std::string name =
      "hour/" + std::to_string(month) + "/7-" + std::to_string(first) + ".parquet";
  const std::string path = folder_.path() + "/" + name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  Statement write =
      ArchiveTable(archive_.place(), std::vector{name}, "Parquet", ArchiveStructure());
  write.sql = "INSERT INTO FUNCTION " + write.sql + " SELECT " + ArchiveColumns() +
              " FROM adtally.hour WHERE (toUInt32(toStartOfHour(hour)), generation) IN (" + slots +
              ") AND advertiser_id BETWEEN " + std::to_string(first) + " AND " +
              std::to_string(last) + " ORDER BY advertiser_id, campaign_id, hour";
  const auto written = RunStatement(ChdbTestStore::Get(), write, "");
  EXPECT_TRUE(written.ok()) << written.error().message;
  return {.month = month,
          .generation = 7,
          .name = name,
          .first_advertiser_id = first,
          .last_advertiser_id = last,
          .rows = 1,
          .bytes = std::filesystem::file_size(path),
          .checksum = ChecksumOfFile(path).value(),
          .content_hash = 1,
          .etag = {}};
}

// Moves the hours of the oldest days into files; a second run of it was killed after it had written
// the same files.
inline void TierWorld::Archive() {
  std::map<uint32_t, TierPartition> months;
  std::map<uint32_t, std::string> slots;
  for (int64_t day_s = std::max(begin_s_, gone_before_s_); day_s < archived_before_s_;
       day_s += kDayS) {
    const uint32_t month = MonthNumber(day_s);
    auto& status = months.try_emplace(month, TierPartition{.partition = month}).first->second;
    status.Set({static_cast<uint8_t>(DayNumber(day_s) % 100), 7, 0, false});
    ASSERT_TRUE(PublishTierStatus(ChdbTestStore::Get(), Tier::kHour,
                                  {.partition = DayNumber(day_s), .version = 1}, 2)
                    .value());
    for (int64_t hour_s = day_s; hour_s < day_s + kDayS; hour_s += kHourS) {
      rolled_.insert(hour_s);
      const auto slot = published_.find(hour_s);
      if (slot == published_.end()) continue;
      slots[month] += (slots[month].empty() ? "(" : ",(") + std::to_string(hour_s) + "," +
                      std::to_string(slot->second) + ")";
    }
  }
  for (const auto& [month, status] : months) {
    ASSERT_TRUE(PublishTierStatus(ChdbTestStore::Get(), Tier::kArchive, status, 1).value());
    if (slots[month].empty()) continue;
    std::vector<ArchiveFile> files = {WriteFile(month, slots[month], 1, 2),
                                      WriteFile(month, slots[month], 3, 9)};
    for (size_t i = 0; i < 2; ++i) {
      files.push_back(files[i]);
      files.back().generation = 8;
    }
    ASSERT_TRUE(AddArchiveFiles(ChdbTestStore::Get(), files).ok());
  }
}

inline void TierWorld::InsertDays(const std::map<int64_t, Generation>& generations,
                                  uint64_t times) {
  if (generations.empty()) return;
  std::string days;
  std::string numbers;
  for (const auto& [day, generation] : generations) {
    days += (days.empty() ? "" : ",") + std::to_string(day);
    numbers += (numbers.empty() ? "" : ",") + std::to_string(generation);
  }
  std::string measures = SummedMeasures();
  for (size_t at = measures.find(") AS"); at != std::string::npos;
       at = measures.find(") AS", at + 9)) {
    measures.replace(at, 1, ") * " + std::to_string(times));
  }
  const auto insert = [&](uint32_t id, const std::string& zone, const std::string& when) {
    const std::string date = "toUInt16(toDate(minute, '" + zone + "'))";
    ChdbTestStore::Run("INSERT INTO adtally.day (day, time_zone, generation, " +
                       std::string(kDimensionColumns) + ", " + std::string(kMeasureColumns) +
                       ") SELECT toDate(" + date + "), '" + zone + "', transform(" + date + ", [" +
                       days + "], [" + numbers + "], toUInt32(0)) AS g, " +
                       std::string(kDimensionColumns) + ", " + measures +
                       " FROM adtally.minute WHERE advertiser_id = " + std::to_string(id) +
                       " AND " + date + " IN (" + days + ") AND " + date + when + " GROUP BY ALL");
  };
  for (const auto& [id, account] : accounts_) {
    const std::string from = std::to_string(account.from_day);
    insert(id, account.zone, " >= " + from);
    if (!account.earlier_zone.empty()) insert(id, account.earlier_zone, " < " + from);
  }
}

inline void TierWorld::RollDays() {
  std::map<uint32_t, TierPartition> months;
  std::map<int64_t, Generation> published;
  std::map<int64_t, Generation> wrong;
  std::map<uint32_t, std::array<Generation, 2>> some;
  const size_t gaps = Chance(50) ? 0 : 10;
  const bool compact = Chance(50);
  for (int64_t day = first_day_; day < end_day_; ++day) {
    if (Chance(gaps)) continue;
    const uint32_t month = MonthNumber(day * kDayS);
    auto [generations, fresh] = some.try_emplace(month);
    if (fresh) generations->second = {NewGeneration(), NewGeneration()};
    const Generation generation = generations->second[compact ? 0 : Below(2)];
    auto& status = months.try_emplace(month, TierPartition{.partition = month}).first->second;
    status.Set({static_cast<uint8_t>(DayNumber(day * kDayS) % 100), generation, 0, true});
    published[day] = generation;
    wrong[day] = compact ? 8 : generations->second[generation == generations->second[0] ? 1 : 0];
    days_.insert(day);
  }
  for (const auto& [month, status] : months) {
    ASSERT_TRUE(PublishTierStatus(ChdbTestStore::Get(), Tier::kDay, status, 1).value());
  }
  InsertDays(published, 1);
  InsertDays(wrong, 1000);
  for (const auto& [id, account] : accounts_) {
    ChdbTestStore::Run("INSERT INTO adtally.day_accounts VALUES (" + std::to_string(id) + ", '" +
                       account.zone + "', toDate(" + std::to_string(account.from_day) + "), 1)");
  }
  if (day_floor_ > 0) {
    ASSERT_TRUE(RaiseTierFloor(ChdbTestStore::Get(), Tier::kDay, day_floor_ * kDayS).value());
  }
}

// Below the floor minutes are there in part, and some twice: as while they are dropped, and when an
// aggregator that had stopped delivers again.
inline void TierWorld::DropMinutes() {
  if (minute_floor_s_ == 0) return;
  ASSERT_TRUE(RaiseTierFloor(ChdbTestStore::Get(), Tier::kMinute, minute_floor_s_).value());
  std::vector<Row> again;
  for (const Row& row : rows_) {
    if (row.minute_s < minute_floor_s_ && Below(3) == 0) again.push_back(row);
  }
  Deliver(std::move(again), 3);
}

}  // namespace adtally::report_oracle
