#include "reporting/storage.h"

#include "base/json_writer.h"
#include "reporting/storage_size.h"

namespace adtally {
namespace {

// null when there is nothing to divide by.
void WriteShare(JsonWriter& json, std::string_view name, double part, double whole) {
  json.Key(name);
  if (whole > 0) {
    json.Double(part / whole);
  } else {
    json.Null();
  }
}

void WriteTier(JsonWriter& json, std::string_view name, const KeptSize& size) {
  json.BeginObject();
  json.Key("name");
  json.String(name);
  json.Key("rows");
  json.UInt(size.rows);
  json.Key("bytes");
  json.UInt(size.bytes);
  json.Key("files");
  json.UInt(size.files);
  WriteShare(json, "bytes_per_row", static_cast<double>(size.bytes),
             static_cast<double>(size.rows));
  json.EndObject();
}

void WriteTiers(JsonWriter& json, const StorageSize& size) {
  json.Key("kept");
  json.BeginArray();
  WriteTier(json, "minute", size.minute);
  WriteTier(json, "hour", size.hour);
  WriteTier(json, "day", size.day);
  WriteTier(json, "reach", size.reach);
  WriteTier(json, "click_conversion", size.click_conversion);
  WriteTier(json, "ledger", size.ledger);
  WriteTier(json, "other", size.other);
  WriteTier(json, "archive", size.archive);
  json.EndArray();
}

// What the hours of all time would be as minutes, by what is kept as both.
void WriteMinutes(JsonWriter& json, const StorageSize& size) {
  const auto hour_rows = static_cast<double>(size.hour.rows + size.archive.rows);
  const double minutes_per_hour = size.compared_hour_rows == 0
                                      ? 0
                                      : static_cast<double>(size.compared_minute_rows) /
                                            static_cast<double>(size.compared_hour_rows);
  const double bytes_per_row = size.minute.rows == 0 ? 0
                                                     : static_cast<double>(size.minute.bytes) /
                                                           static_cast<double>(size.minute.rows);
  const double bytes = hour_rows * minutes_per_hour * bytes_per_row;
  json.Key("as_minutes");
  json.BeginObject();
  json.Key("hour_rows");
  json.UInt(size.hour.rows + size.archive.rows);
  json.Key("minute_rows_per_hour_row");
  json.Double(minutes_per_hour);
  json.Key("bytes_per_minute_row");
  json.Double(bytes_per_row);
  json.Key("bytes");
  json.UInt(static_cast<uint64_t>(bytes));
  json.EndObject();
  WriteShare(json, "store_of_minutes", static_cast<double>(size.StoreBytes()), bytes);
}

}  // namespace

Result<std::string> RunStorage(Store& store, const StorageSources& sources) {
  if (sources.cluster) {
    return Error{ErrorCode::kInvalidArgument,
                 "what a cluster keeps is not measured: ask system.parts of its hosts"};
  }
  ADTALLY_ASSIGN(const StorageSize size, MeasureStorage(store, sources));
  const auto events = static_cast<double>(size.events);
  const auto bytes = static_cast<double>(size.StoreBytes() + size.archive.bytes);
  JsonWriter json;
  json.BeginObject();
  WriteTiers(json, size);
  json.Key("store_bytes");
  json.UInt(size.StoreBytes());
  json.Key("archive_bytes");
  json.UInt(size.archive.bytes);
  json.Key("log_bytes");
  if (sources.log_folder.empty()) {
    json.Null();
  } else {
    json.UInt(size.log.bytes);
  }
  json.Key("events");
  json.UInt(size.events);
  WriteShare(json, "bytes_per_event", bytes, events);
  json.Key("json_bytes_per_event");
  json.Double(kJsonBytesPerEvent);
  WriteShare(json, "of_json", bytes, events * kJsonBytesPerEvent);
  WriteMinutes(json, size);
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
