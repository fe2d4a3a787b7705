#include "reporting/storage_size.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {
namespace {

constexpr std::string_view kEvents =
    "sum(impressions + clicks + conversions + invalid_impressions + invalid_clicks + "
    "invalid_conversions + duplicate_impressions + duplicate_clicks + duplicate_conversions)";

// (partition, slot, generation) of what is published of a tier.
std::string Published(std::string_view tier) {
  return "(SELECT partition, s.1, s.2 FROM (SELECT partition, argMax(slots, version) AS slots FROM "
         "adtally.tier_status WHERE tier = '" +
         std::string(tier) + "' GROUP BY partition) ARRAY JOIN slots AS s)";
}

// Where the rows of adtally.hour that count are. Seen by the store as whole partitions first.
std::string PublishedHours() {
  return "(toYYYYMMDD(hour), toHour(hour), generation) IN " + Published("hour");
}

std::string PublishedDays() {
  return "(toYYYYMM(day), toDayOfMonth(day), generation) IN " + Published("day");
}

// Whether a minute's hour is rolled up.
constexpr std::string_view kMinuteIsRolled =
    "(toYYYYMMDD(minute), toHour(minute)) IN (SELECT partition, s.1 FROM (SELECT partition, "
    "argMax(slots, version) AS slots FROM adtally.tier_status WHERE tier = 'hour' GROUP BY "
    "partition) ARRAY JOIN slots AS s)";

Result<void> ReadTables(Store& store, const std::string& database, StorageSize& size) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT table, sum(rows), sum(bytes_on_disk), count() FROM "
                               "system.parts WHERE active AND database = {database:String} GROUP "
                               "BY table",
                               {{"database", database}}},
                              "RowBinary"));
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const std::string table = reader.String();
    KeptSize& kept = table == "minute"             ? size.minute
                     : table == "hour"             ? size.hour
                     : table == "day"              ? size.day
                     : table.starts_with("reach")  ? size.reach
                     : table == "click_conversion" ? size.click_conversion
                     : table.starts_with("ledger") ? size.ledger
                                                   : size.other;
    kept.rows += reader.UInt64();
    kept.bytes += reader.UInt64();
    kept.files += reader.UInt64();
  }
  if (reader.ok()) return {};
  return Error{ErrorCode::kInternal, "the store's answer about its parts cannot be read"};
}

Result<void> ReadArchive(Store& store, StorageSize& size) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT sum(rows), sum(bytes), count() FROM adtally.archive_files "
                               "FINAL WHERE (month, generation) IN (SELECT partition, s.2 FROM "
                               "(SELECT partition, argMax(slots, version) AS slots FROM "
                               "adtally.tier_status WHERE tier = 'archive' GROUP BY partition) "
                               "ARRAY JOIN slots AS s)",
                               {}},
                              "RowBinary"));
  RowBinaryReader reader(answer);
  size.archive.rows = reader.UInt64();
  size.archive.bytes = reader.UInt64();
  size.archive.files = reader.UInt64();
  if (reader.ok()) return {};
  return Error{ErrorCode::kInternal, "the store's answer about the archive cannot be read"};
}

// What a subquery gives, a number.
Result<uint64_t> Number(Store& store, const Statement& subquery) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT assumeNotNull(toUInt64((" + subquery.sql + ")))", subquery.params},
                   "RowBinary"));
  RowBinaryReader reader(answer);
  const uint64_t number = reader.UInt64();
  if (reader.ok()) return number;
  return Error{ErrorCode::kInternal, "the store's answer about its tiers cannot be read"};
}

// The last day that is rolled up, of any time zone, as days since the epoch; 0 when there is none.
Result<uint64_t> LastDay(Store& store) {
  return Number(store,
                {"SELECT max(toUInt16(makeDate(intDiv(partition, 100), partition % 100, s.1))) "
                 "FROM (SELECT partition, argMax(slots, version) AS slots FROM "
                 "adtally.tier_status WHERE tier = 'day' GROUP BY partition) ARRAY JOIN "
                 "slots AS s",
                 {}});
}

Result<std::vector<std::string>> ZonesOfDays(Store& store) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store, {"SELECT DISTINCT time_zone FROM adtally.day_accounts FINAL", {}},
                   "RowBinary"));
  std::vector<std::string> zones;
  RowBinaryReader reader(answer);
  while (!reader.done()) zones.push_back(reader.String());
  if (reader.ok()) return zones;
  return Error{ErrorCode::kInternal, "the store's answer about its accounts cannot be read"};
}

// Of hours that are rolled up, but not into a day: those after the last day of the advertiser's own
// calendar.
Result<uint64_t> EventsAfterDays(Store& store) {
  ADTALLY_ASSIGN(const uint64_t last_day, LastDay(store));
  ADTALLY_ASSIGN(const std::vector<std::string> zones, ZonesOfDays(store));
  const std::string hours = "SELECT " + std::string(kEvents) + " FROM adtally.hour WHERE " +
                            PublishedHours() + " AND advertiser_id ";
  ADTALLY_ASSIGN(
      uint64_t events,
      Number(store, {hours + "NOT IN (SELECT advertiser_id FROM adtally.day_accounts)", {}}));
  for (const std::string& zone : zones) {
    ADTALLY_ASSIGN(
        const uint64_t of_zone,
        Number(
            store,
            {hours + "IN (SELECT advertiser_id FROM adtally.day_accounts FINAL WHERE time_zone = "
                     "{zone:String}) AND toDate(hour, {zone:String}) > toDate({last:UInt16}) AND "
                     "toUnixTimestamp(hour) + 172800 > 86400 * {last:UInt16}",
             {{"zone", zone}, {"last", std::to_string(last_day)}}}));
    events += of_zone;
  }
  return events;
}

// Each event in the coarsest tier that has it.
Result<void> ReadEvents(Store& store, StorageSize& size) {
  const std::string of = "SELECT " + std::string(kEvents) + " FROM adtally.";
  ADTALLY_ASSIGN(const uint64_t days, Number(store, {of + "day WHERE " + PublishedDays(), {}}));
  ADTALLY_ASSIGN(const uint64_t hours, EventsAfterDays(store));
  ADTALLY_ASSIGN(
      const uint64_t minutes,
      Number(store,
             {of + "minute WHERE advertiser_id != 0 AND NOT " + std::string(kMinuteIsRolled), {}}));
  size.events = days + hours + minutes;
  return {};
}

Result<void> CompareMinutes(Store& store, StorageSize& size) {
  ADTALLY_ASSIGN(size.compared_minute_rows,
                 Number(store, {"SELECT count() FROM adtally.minute WHERE advertiser_id != 0 AND " +
                                    std::string(kMinuteIsRolled),
                                {}}));
  ADTALLY_ASSIGN(
      size.compared_hour_rows,
      Number(store, {"SELECT count() FROM adtally.hour WHERE " + PublishedHours() +
                         " AND toStartOfHour(hour) IN (SELECT DISTINCT toStartOfHour(minute) FROM "
                         "adtally.minute)",
                     {}}));
  return {};
}

// The bytes of all files below a folder. Files come and go meanwhile.
KeptSize FolderSize(const std::string& folder) {
  KeptSize size;
  std::error_code error;
  std::filesystem::recursive_directory_iterator file(folder, error);
  for (; !error && file != std::filesystem::recursive_directory_iterator(); file.increment(error)) {
    std::error_code gone;
    if (!file->is_regular_file(gone)) continue;
    const uintmax_t bytes = file->file_size(gone);
    if (gone) continue;
    size.bytes += bytes;
    ++size.files;
  }
  return size;
}

}  // namespace

Result<StorageSize> MeasureStorage(Store& store, const StorageSources& sources) {
  StorageSize size;
  ADTALLY_TRY(ReadTables(store, sources.database, size));
  ADTALLY_TRY(ReadArchive(store, size));
  ADTALLY_TRY(ReadEvents(store, size));
  ADTALLY_TRY(CompareMinutes(store, size));
  if (!sources.log_folder.empty()) size.log = FolderSize(sources.log_folder);
  return size;
}

}  // namespace adtally
