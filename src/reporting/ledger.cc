#include "reporting/ledger.h"

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "base/strong.h"
#include "reporting/parameters.h"
#include "reporting/time_bound.h"
#include "reporting/time_zones.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {
namespace {

constexpr std::string_view kKnown[] = {"from", "to"};

struct LedgerSums {
  uint64_t received = 0;
  uint64_t counted = 0;
  uint64_t duplicate = 0;
  uint64_t invalid_bot = 0;
  uint64_t late = 0;
  uint64_t rejected = 0;

  void Add(const LedgerSums& other) {
    received += other.received;
    counted += other.counted;
    duplicate += other.duplicate;
    invalid_bot += other.invalid_bot;
    late += other.late;
    rejected += other.rejected;
  }

  // Zero unless events were lost or made up.
  int64_t Difference() const {
    return static_cast<int64_t>(received - counted - duplicate - invalid_bot - late - rejected);
  }
};

// FINAL: a checkpoint that was delivered twice has its rows twice until they are merged.
Result<std::string> ReadLedger(Store& store, const TimeRange& range) {
  return RunStatement(
      store,
      {"SELECT toUnixTimestamp(append_minute) AS minute_s, sum(received), sum(counted), "
       "sum(duplicate), sum(invalid_bot), sum(late), sum(rejected) FROM adtally.ledger FINAL WHERE "
       "append_minute >= toDateTime({from:UInt32}, 'UTC') AND append_minute < "
       "toDateTime({to:UInt32}, 'UTC') GROUP BY minute_s ORDER BY minute_s",
       {{"from", std::to_string(range.from_s)}, {"to", std::to_string(range.to_s)}}},
      "RowBinary");
}

LedgerSums ReadSums(RowBinaryReader& reader) {
  LedgerSums sums;
  sums.received = reader.UInt64();
  sums.counted = reader.UInt64();
  sums.duplicate = reader.UInt64();
  sums.invalid_bot = reader.UInt64();
  sums.late = reader.UInt64();
  sums.rejected = reader.UInt64();
  return sums;
}

void WriteSums(JsonWriter& json, const LedgerSums& sums) {
  json.Key("received");
  json.UInt(sums.received);
  json.Key("counted");
  json.UInt(sums.counted);
  json.Key("duplicate");
  json.UInt(sums.duplicate);
  json.Key("invalid");
  json.BeginObject();
  json.Key("bot");
  json.UInt(sums.invalid_bot);
  json.EndObject();
  json.Key("late");
  json.UInt(sums.late);
  json.Key("rejected");
  json.UInt(sums.rejected);
  json.Key("difference");
  json.Int(sums.Difference());
}

Result<TimeRange> ParseRange(Store& store, std::string_view query) {
  ADTALLY_ASSIGN(const Parameters parameters, Parameters::Parse(query, kKnown));
  ADTALLY_ASSIGN(const CivilTime from, ParseFrom(parameters));
  ADTALLY_ASSIGN(const CivilTime to, ParseTo(parameters));
  ConstantAnswers none;
  ADTALLY_ASSIGN(const TimeRange range, ResolveTimeRange(store, none, from, to, "UTC"));
  if (range.to_s - range.from_s <= kMaxLedgerDays * kSecondsPerDay) return range;
  return Error{ErrorCode::kInvalidArgument, "to: expected at most " +
                                                std::to_string(kMaxLedgerDays) +
                                                " days after from; ask for parts of the range"};
}

}  // namespace

Result<std::string> RunLedger(Store& store, std::string_view query) {
  ADTALLY_ASSIGN(const TimeRange range, ParseRange(store, query));
  ADTALLY_ASSIGN(const std::string rows, ReadLedger(store, range));
  JsonWriter json;
  json.BeginObject();
  json.Key("from");
  json.String(FormatRfc3339(range.from_s, std::nullopt));
  json.Key("to");
  json.String(FormatRfc3339(range.to_s, std::nullopt));
  json.Key("minutes");
  json.BeginArray();
  LedgerSums totals;
  RowBinaryReader reader(rows);
  while (!reader.done()) {
    const int64_t minute_s = reader.UInt32();
    const LedgerSums sums = ReadSums(reader);
    totals.Add(sums);
    json.BeginObject();
    json.Key("minute");
    json.String(FormatRfc3339(minute_s, std::nullopt));
    WriteSums(json, sums);
    json.EndObject();
  }
  if (!reader.ok()) return Error{ErrorCode::kInternal, "the ledger's rows cannot be read"};
  json.EndArray();
  json.Key("totals");
  json.BeginObject();
  WriteSums(json, totals);
  json.EndObject();
  json.EndObject();
  return json.Take();
}

Result<void> WriteLedgerTotals(Store& store, int64_t from_s, int64_t to_s, JsonWriter& json) {
  TimeRange range;
  range.from_s = from_s;
  range.to_s = to_s;
  ADTALLY_ASSIGN(const std::string rows, ReadLedger(store, range));
  LedgerSums totals;
  RowBinaryReader reader(rows);
  while (!reader.done()) {
    reader.UInt32();  // the minute
    totals.Add(ReadSums(reader));
  }
  if (!reader.ok()) return Error{ErrorCode::kInternal, "the ledger's rows cannot be read"};
  WriteSums(json, totals);
  return {};
}

}  // namespace adtally
