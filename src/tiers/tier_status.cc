#include "tiers/tier_status.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/row_binary_reader.h"

namespace adtally {
namespace {

auto PlaceOf(auto& slots, uint8_t slot) {
  return std::ranges::lower_bound(slots, slot, {}, &TierSlot::slot);
}

// A literal of the type of the column `slots`.
std::string SlotsText(const std::vector<TierSlot>& slots) {
  std::string text = "[";
  for (const TierSlot& s : slots) {
    if (text.size() > 1) text += ',';
    text += '(' + std::to_string(s.slot) + ',' + std::to_string(s.generation) + ',' +
            std::to_string(s.mark) + ',' + (s.final ? "true" : "false") + ')';
  }
  return text + ']';
}

Result<bool> Exists(Store& store, const Statement& rows) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store, {"SELECT count() > 0 FROM (" + rows.sql + ")", rows.params},
                              "RowBinary"));
  RowBinaryReader reader(answer);
  return reader.UInt8() != 0;
}

std::vector<SqlParam> WithParams(std::vector<SqlParam> params, const Statement& condition) {
  params.insert(params.end(), condition.params.begin(), condition.params.end());
  return params;
}

}  // namespace

const TierSlot* TierPartition::Find(uint8_t slot) const {
  const auto place = PlaceOf(slots, slot);
  return place == slots.end() || place->slot != slot ? nullptr : &*place;
}

void TierPartition::Set(const TierSlot& slot) {
  const auto place = PlaceOf(slots, slot.slot);
  if (place != slots.end() && place->slot == slot.slot) {
    *place = slot;
  } else {
    slots.insert(place, slot);
  }
}

void TierPartition::Clear(uint8_t slot) {
  std::erase_if(slots, [&](const TierSlot& s) { return s.slot == slot; });
}

Result<std::map<uint32_t, TierPartition>> ReadTierStatus(Store& store, Tier tier, uint32_t first,
                                                         uint32_t last) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(store,
                   {"SELECT partition, version, slots.slot, slots.generation, slots.mark, "
                    "slots.final FROM (SELECT partition, max(version) AS version, "
                    "argMax(slots, tier_status.version) AS slots FROM adtally.tier_status"
                    " WHERE tier = {tier:String} AND partition >= {first:UInt32}"
                    " AND partition <= {last:UInt32} GROUP BY partition)",
                    {{"tier", std::string(TierName(tier))},
                     {"first", std::to_string(first)},
                     {"last", std::to_string(last)}}},
                   "RowBinary"));
  std::map<uint32_t, TierPartition> statuses;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    TierPartition status{.partition = reader.UInt32(), .version = reader.UInt64()};
    status.slots.resize(reader.Size());
    for (TierSlot& s : status.slots) s.slot = reader.UInt8();
    reader.Size();
    for (TierSlot& s : status.slots) s.generation = reader.UInt32();
    reader.Size();
    for (TierSlot& s : status.slots) s.mark = reader.UInt64();
    reader.Size();
    for (TierSlot& s : status.slots) s.final = reader.UInt8() != 0;
    statuses.emplace(status.partition, std::move(status));
  }
  if (!reader.ok()) {
    return Error{ErrorCode::kInternal,
                 "the store's answer about adtally.tier_status cannot be read"};
  }
  return statuses;
}

std::string IsUnchanged(Tier tier, const TierPartition& read) {
  return "(SELECT max(version) FROM adtally.tier_status WHERE tier = '" +
         std::string(TierName(tier)) + "' AND partition = " + std::to_string(read.partition) +
         ") = " + std::to_string(read.version);
}

Result<bool> PublishTierStatus(Store& store, Tier tier, const TierPartition& status, int64_t now_ms,
                               const Statement& condition) {
  const uint64_t version = std::max(static_cast<uint64_t>(now_ms), status.version + 1);
  const std::vector<SqlParam> own = {{"tier", std::string(TierName(tier))},
                                     {"partition", std::to_string(status.partition)},
                                     {"version", std::to_string(version)},
                                     {"slots", SlotsText(status.slots)}};
  constexpr std::string_view kSlots = "{slots:Array(Tuple(UInt8, UInt32, UInt64, Bool))}";
  const std::string insert =
      "INSERT INTO adtally.tier_status (tier, partition, version, slots) SELECT {tier:String}, "
      "{partition:UInt32}, {version:UInt64}, " +
      std::string(kSlots) + " WHERE " + IsUnchanged(tier, status) + " AND (" + condition.sql + ")";
  ADTALLY_TRY(RunStatement(store, {insert, WithParams(own, condition)}, ""));
  return Exists(store,
                {"SELECT 1 FROM adtally.tier_status FINAL WHERE tier = {tier:String} AND "
                 "partition = {partition:UInt32} AND version = {version:UInt64} AND slots = " +
                     std::string(kSlots),
                 own});
}

Result<std::map<Tier, int64_t>> ReadTierFloors(Store& store) {
  ADTALLY_ASSIGN(
      const std::string answer,
      RunStatement(
          store,
          {"SELECT toUInt8(tier), toUInt32(max(floor)) FROM adtally.tier_floor GROUP BY tier", {}},
          "RowBinary"));
  std::map<Tier, int64_t> floors;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const Tier tier{reader.UInt8()};
    floors[tier] = reader.UInt32();
  }
  if (reader.ok()) return floors;
  return Error{ErrorCode::kInternal, "the store's answer about adtally.tier_floor cannot be read"};
}

Result<bool> RaiseTierFloor(Store& store, Tier tier, int64_t floor_s, const Statement& condition) {
  const std::vector<SqlParam> own = {{"tier", std::string(TierName(tier))},
                                     {"floor", std::to_string(floor_s)}};
  ADTALLY_TRY(RunStatement(store,
                           {"INSERT INTO adtally.tier_floor (tier, floor) SELECT {tier:String}, "
                            "toDateTime({floor:UInt32}, 'UTC') WHERE " +
                                condition.sql,
                            WithParams(own, condition)},
                           ""));
  return Exists(store, {"SELECT 1 FROM adtally.tier_floor WHERE tier = {tier:String} AND floor >= "
                        "toDateTime({floor:UInt32}, 'UTC')",
                        own});
}

}  // namespace adtally
