#include "reporting/tier_cache.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

constexpr int64_t kHourS = 3600;
constexpr size_t kMaxMarks = 1000;  // hours; more than are ever not final

Error Unreadable(std::string_view what) {
  return {ErrorCode::kInternal,
          "the store's answer about " + std::string(what) + " cannot be read"};
}

Result<uint64_t> ReadVersion(Store& store) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(
          store,
          {"SELECT cityHash64((SELECT (count(), sum(cityHash64(tier, partition, version))) "
           "FROM adtally.tier_status), (SELECT (count(), sum(cityHash64(tier, floor))) FROM "
           "adtally.tier_floor), (SELECT (count(), sum(cityHash64(advertiser_id, version))) FROM "
           "adtally.day_accounts))",
           {}},
          "RowBinary"));
  RowBinaryReader reader(answer);
  const uint64_t version = reader.UInt64();
  if (!reader.ok()) return Unreadable("adtally.tier_status");
  return version;
}

Result<void> ReadAccounts(Store& store, PublishedTiers& tiers) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT advertiser_id, argMax(time_zone, version), toUInt32(argMax(from_day, "
                    "version)) FROM adtally.day_accounts GROUP BY advertiser_id ORDER BY "
                    "advertiser_id",
                    {}},
                   "RowBinary"));
  std::map<std::string, uint32_t> zones;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    DayAccount account{.advertiser_id = reader.UInt32()};
    const auto [zone, is_new] =
        zones.try_emplace(reader.String(), static_cast<uint32_t>(tiers.zones.size()));
    if (is_new) tiers.zones.push_back(zone->first);
    account.zone = zone->second;
    account.from_day = reader.UInt32();
    tiers.accounts.push_back(account);
  }
  if (!reader.ok()) return Unreadable("adtally.day_accounts");
  return {};
}

// In an order in which nothing is missed that moves from one tier to the next meanwhile. The floor
// of minutes rises when hours are there, so it is read before them; hours leave when the archive
// has them; the floor of reach's quarters rises when its days are there, and the floors of all
// others before they leave. An account moves before days in its new zone are published.
Result<PublishedTiers> ReadPublished(Store& store) {
  PublishedTiers tiers;
  ADTALLY_ASSIGN(const auto before, ReadTierFloors(store));
  ADTALLY_ASSIGN(tiers.days, ReadTierStatus(store, Tier::kDay));
  ADTALLY_ASSIGN(tiers.hours, ReadTierStatus(store, Tier::kHour));
  ADTALLY_ASSIGN(tiers.archive, ReadTierStatus(store, Tier::kArchive));
  ADTALLY_ASSIGN(tiers.reach, ReadTierStatus(store, Tier::kReach));
  ADTALLY_TRY(ReadAccounts(store, tiers));
  ADTALLY_ASSIGN(tiers.floors, ReadTierFloors(store));
  for (const Tier tier : {Tier::kMinute, Tier::kReach}) {
    tiers.floors.erase(tier);
    if (const auto floor = before.find(tier); floor != before.end()) tiers.floors.insert(*floor);
  }
  return tiers;
}

// The hours of adtally.minute that have parts, each with a hash of their names. A part never
// changes, and its name is never used again.
Result<std::map<int64_t, uint64_t>> ReadParts(Store& store, int64_t from_s, int64_t to_s) {
  const auto partition = [](int64_t hour_s) {
    return std::to_string(DayNumber(hour_s) * 100 + static_cast<uint32_t>(hour_s / kHourS % 24));
  };
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT toUInt32(partition_id), sum(cityHash64(name)) FROM system.parts WHERE "
                    "database = 'adtally' AND table = 'minute' AND active AND partition_id >= "
                    "{first:String} AND partition_id <= {last:String} GROUP BY partition_id",
                    {{"first", partition(from_s)}, {"last", partition(to_s - kHourS)}}},
                   "RowBinary"));
  std::map<int64_t, uint64_t> parts;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const uint32_t id = reader.UInt32();
    const uint64_t hash = reader.UInt64();
    if (reader.ok()) parts[DayStart(id / 100) + id % 100 * kHourS] = hash;
  }
  if (!reader.ok()) return Unreadable("the parts of adtally.minute");
  return parts;
}

}  // namespace

int64_t PublishedTiers::FloorOf(Tier tier) const {
  const auto floor = floors.find(tier);
  return floor == floors.end() ? INT64_MIN : floor->second;
}

Result<std::shared_ptr<const PublishedTiers>> TierCache::Published(Store& store) {
  // Before what it is the version of, so that a change in between is seen by the next call.
  ADTALLY_ASSIGN(const uint64_t version, ReadVersion(store));
  {
    const std::lock_guard lock(mutex_);
    if (published_ && version_ == version) return published_;
  }
  ADTALLY_ASSIGN(PublishedTiers read, ReadPublished(store));
  auto published = std::make_shared<const PublishedTiers>(std::move(read));
  const std::lock_guard lock(mutex_);
  version_ = version;
  published_ = published;
  return published;
}

Result<std::map<int64_t, uint64_t>> TierCache::Marks(Store& store, int64_t from_s, int64_t to_s) {
  // Before the marks, for the same reason.
  ADTALLY_ASSIGN(const auto parts, ReadParts(store, from_s, to_s));
  if (parts.empty()) return HourMarks(store, from_s, to_s);
  std::map<int64_t, uint64_t> marks;
  std::map<int64_t, uint64_t> changed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [hour_s, hash] : parts) {
      const auto known = marks_.find(hour_s);
      if (known != marks_.end() && known->second.parts == hash) {
        marks[hour_s] = known->second.mark;
      } else {
        changed[hour_s] = hash;
      }
    }
  }
  if (changed.empty()) return marks;
  ADTALLY_ASSIGN(const auto read,
                 HourMarks(store, changed.begin()->first, changed.rbegin()->first + kHourS));
  const std::lock_guard lock(mutex_);
  if (marks_.size() > kMaxMarks) marks_.clear();
  for (const auto& [hour_s, hash] : changed) {
    const auto mark = read.find(hour_s);
    if (mark == read.end()) continue;  // rows without a receipt are not of a delivery
    marks_[hour_s] = {hash, mark->second};
    marks[hour_s] = mark->second;
  }
  return marks;
}

}  // namespace adtally
