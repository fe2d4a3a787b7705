#include "reporting/time_zones.h"

#include "base/rfc3339.h"
#include "reporting/parameters.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {
namespace {

// The offsets of a zone at two times, each an SQL expression over the parameters.
Statement OffsetsStatement(const CivilTime& from, const CivilTime& to, std::string_view time_zone) {
  Statement statement;
  statement.sql = "SELECT ";
  const auto add = [&](std::string_view name, const CivilTime& time) {
    statement.sql.append("timeZoneOffset(toDateTime({").append(name);
    if (time.offset_s) {
      statement.sql.append(":UInt32}");
      statement.params.push_back({std::string(name), std::to_string(time.wall_s - *time.offset_s)});
    } else {
      statement.sql.append(":String}");
      statement.params.push_back({std::string(name), FormatWallTime(time.wall_s)});
    }
    statement.sql.append(", {time_zone:String}))");
  };
  add("from", from);
  statement.sql += ", ";
  add("to", to);
  statement.params.push_back({"time_zone", std::string(time_zone)});
  return statement;
}

// For a wall time in a gap the store's offset is the one before the gap, which moves the time
// forward.
int64_t ToUtc(const CivilTime& time, int32_t zone_offset_s) {
  return time.wall_s - time.offset_s.value_or(zone_offset_s);
}

}  // namespace

Result<TimeZones> TimeZones::Load(Store& store) {
  ADTALLY_ASSIGN(const std::string rows,
                 RunStatement(store, {"SELECT time_zone FROM system.time_zones", {}}, "RowBinary"));
  std::set<std::string, std::less<>> names;
  RowBinaryReader reader(rows);
  while (!reader.done()) names.insert(reader.String());
  if (!reader.ok()) return Error{ErrorCode::kInternal, "the store's time zones cannot be read"};
  return TimeZones(std::move(names));
}

Result<TimeRange> ResolveTimeRange(Store& store, ConstantAnswers& known, const CivilTime& from,
                                   const CivilTime& to, std::string_view time_zone) {
  TimeRange range;
  if (time_zone == "UTC") {
    range.from_s = ToUtc(from, 0);
    range.to_s = ToUtc(to, 0);
  } else {
    ADTALLY_ASSIGN(const std::string row, known.Run(store, OffsetsStatement(from, to, time_zone)));
    RowBinaryReader reader(row);
    range.from_offset_s = reader.Int32();
    range.to_offset_s = reader.Int32();
    if (!reader.ok()) return Error{ErrorCode::kInternal, "the store's answer cannot be read"};
    range.from_s = ToUtc(from, *range.from_offset_s);
    range.to_s = ToUtc(to, *range.to_offset_s);
  }
  if (range.from_s < range.to_s) return range;
  return BadParameter("to",
                      "a time after from, " + FormatRfc3339(range.from_s, range.from_offset_s),
                      FormatRfc3339(range.to_s, range.to_offset_s));
}

}  // namespace adtally
