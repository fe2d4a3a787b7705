#include "reporting/status.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "base/strong.h"
#include "reporting/ledger.h"
#include "tiers/archive_files.h"
#include "tiers/tier.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using Partitions = std::map<uint32_t, TierPartition>;

constexpr int64_t kHourS = 3600;

void WriteTime(JsonWriter& json, std::string_view name, std::optional<int64_t> utc_s) {
  json.Key(name);
  utc_s ? json.String(FormatRfc3339(*utc_s, std::nullopt)) : json.Null();
}

// What of a tier is rolled up without a gap, from its first hour or day on, in seconds since the
// epoch.
struct Run {
  std::optional<int64_t> from_s;
  std::optional<int64_t> to_s;
  std::optional<int64_t> final_to_s;

  // False when there is a gap before it.
  bool Add(int64_t start_s, int64_t length_s, bool final) {
    if (!from_s) from_s = to_s = start_s;
    if (*to_s != start_s) return false;
    if (final && final_to_s.value_or(*from_s) == start_s) final_to_s = start_s + length_s;
    to_s = start_s + length_s;
    return true;
  }
};

Run RunOfHours(const Partitions& days) {
  Run run;
  for (const auto& [day, status] : days) {
    for (const TierSlot& slot : status.slots) {
      if (!run.Add(DayStart(day) + slot.slot * kHourS, kHourS, slot.final)) return run;
    }
  }
  return run;
}

// Days are rolled up once their hours are final.
Run RunOfDays(const Partitions& months) {
  Run run;
  for (const auto& [month, status] : months) {
    for (const TierSlot& slot : status.slots) {
      const int64_t start_s = MonthStart(month) + (slot.slot - 1) * kSecondsPerDay;
      if (!run.Add(start_s, kSecondsPerDay, true)) return run;
    }
  }
  return run;
}

// A tier is read from `from` on: below its floor nothing is.
void WriteTier(JsonWriter& json, Tier tier, const Run& run, const std::map<Tier, int64_t>& floors) {
  std::optional<int64_t> from_s = run.from_s;
  if (const auto floor = floors.find(tier); floor != floors.end()) {
    from_s = std::max(floor->second, from_s.value_or(floor->second));
  }
  json.BeginObject();
  json.Key("name");
  json.String(TierName(tier));
  WriteTime(json, "from", from_s);
  WriteTime(json, "rolled_up_to", run.to_s);
  WriteTime(json, "final_to", run.final_to_s);
  json.EndObject();
}

Result<void> WriteTiers(Store& store, JsonWriter& json) {
  ADTALLY_ASSIGN(const auto floors, ReadTierFloors(store));
  ADTALLY_ASSIGN(const Partitions hours, ReadTierStatus(store, Tier::kHour));
  ADTALLY_ASSIGN(const Partitions days, ReadTierStatus(store, Tier::kDay));
  ADTALLY_ASSIGN(const Partitions reach, ReadTierStatus(store, Tier::kReach));
  json.Key("tiers");
  json.BeginArray();
  WriteTier(json, Tier::kMinute, {}, floors);
  WriteTier(json, Tier::kHour, RunOfHours(hours), floors);
  WriteTier(json, Tier::kDay, RunOfDays(days), floors);
  WriteTier(json, Tier::kReach, RunOfDays(reach), floors);
  json.EndArray();
  return {};
}

struct ArchivedMonth {
  uint64_t files = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

void WriteMonth(JsonWriter& json, uint32_t month, size_t days, const ArchivedMonth& sums) {
  json.BeginObject();
  json.Key("month");
  json.String(FormatRfc3339(MonthStart(month), std::nullopt).substr(0, 7));
  json.Key("days");
  json.UInt(days);
  json.Key("files");
  json.UInt(sums.files);
  json.Key("rows");
  json.UInt(sums.rows);
  json.Key("bytes");
  json.UInt(sums.bytes);
  json.EndObject();
}

// By month, the newest first.
Result<void> WriteArchive(Store& store, JsonWriter& json) {
  // In this order: a file is known before its month is published.
  ADTALLY_ASSIGN(const Partitions months, ReadTierStatus(store, Tier::kArchive));
  ADTALLY_ASSIGN(const auto files, ReadArchiveFiles(store, 0, UINT32_MAX));
  std::map<uint32_t, ArchivedMonth> sums;
  for (const ArchiveFile& file : files) {
    const auto month = months.find(file.month);
    if (month == months.end()) continue;
    const auto& slots = month->second.slots;
    const bool published = std::any_of(slots.begin(), slots.end(), [&](const TierSlot& slot) {
      return slot.generation == file.generation;
    });
    if (!published) continue;
    ArchivedMonth& sum = sums[file.month];
    ++sum.files;
    sum.rows += file.rows;
    sum.bytes += file.bytes;
  }
  json.Key("archive");
  json.BeginArray();
  for (auto month = months.rbegin(); month != months.rend(); ++month) {
    if (month->second.slots.empty()) continue;
    WriteMonth(json, month->first, month->second.slots.size(), sums[month->first]);
  }
  json.EndArray();
  return {};
}

void WriteMaintenance(JsonWriter& json, const MaintenanceCalls* maintenance) {
  json.Key("maintenance");
  if (maintenance == nullptr) return json.Null();
  const MaintenanceState state = maintenance->State();
  json.BeginObject();
  json.Key("passes");
  json.UInt(state.passes);
  json.Key("failed_passes");
  json.UInt(state.failed_passes);
  json.Key("last_ended");
  state.last_ended_ms ? json.String(FormatRfc3339Millis(*state.last_ended_ms)) : json.Null();
  json.Key("last_seconds");
  json.Double(static_cast<double>(state.last_duration_ms) / kMillisPerSecond);
  json.Key("problems");
  json.BeginArray();
  for (const std::string& problem : state.last_problems) json.String(problem);
  json.EndArray();
  json.EndObject();
}

void WriteRejections(JsonWriter& json, const RecentRejections* rejections) {
  json.Key("rejections");
  if (rejections == nullptr) return json.Null();
  const RecentRejections::Snapshot read = rejections->Read();
  json.BeginObject();
  json.Key("refused_by_edge");
  json.UInt(read.counted);
  json.Key("recent");
  json.BeginArray();
  for (const Rejection& rejection : read.newest_first) {
    json.BeginObject();
    json.Key("time");
    json.String(FormatRfc3339Millis(rejection.time_ms));
    json.Key("source");
    json.String(rejection.source);
    json.Key("place");
    json.String(rejection.place);
    json.Key("reason");
    json.String(rejection.reason);
    json.Key("event");
    json.String(rejection.event);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

Result<void> WriteLedgerOfDay(Store& store, int64_t now_ms, JsonWriter& json) {
  // The minute that is under way is in it.
  const int64_t to_s = (now_ms / kMillisPerMinute + 1) * kSecondsPerMinute;
  const int64_t from_s = to_s - kSecondsPerDay;
  json.Key("ledger");
  json.BeginObject();
  WriteTime(json, "from", from_s);
  WriteTime(json, "to", to_s);
  ADTALLY_TRY(WriteLedgerTotals(store, from_s, to_s, json));
  json.EndObject();
  return {};
}

}  // namespace

Result<std::string> RunStatus(Store& store, const StatusSources& sources, int64_t now_ms) {
  JsonWriter json;
  json.BeginObject();
  json.Key("time");
  json.String(FormatRfc3339Millis(now_ms));
  ADTALLY_TRY(WriteLedgerOfDay(store, now_ms, json));
  ADTALLY_TRY(WriteTiers(store, json));
  ADTALLY_TRY(WriteArchive(store, json));
  WriteMaintenance(json, sources.maintenance);
  WriteRejections(json, sources.rejections);
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
