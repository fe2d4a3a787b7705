#include "edge/ingest.h"

#include <utility>

#include "base/ascii.h"
#include "base/json_writer.h"
#include "edge/tracked_event.h"
#include "event/json_codec.h"
#include "event/json_framing.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

std::string LateNote(int64_t window_ms) {
  const bool hours = window_ms % kMillisPerHour == 0;
  const std::string window = hours ? std::to_string(window_ms / kMillisPerHour) + " h"
                                   : std::to_string(window_ms / kMillisPerSecond) + " s";
  return "timestamp: older than the deduplication window of " + window +
         "; kept in the log and shown as late in the ledger, but not counted in reports";
}

std::string FutureError(int64_t ahead_ms) {
  return "timestamp: " + std::to_string(ahead_ms / kMillisPerSecond) +
         " s ahead of the server's clock, at most " +
         std::to_string(kMaxFutureMs / kMillisPerSecond) + " s are taken; check the sender's clock";
}

// Judges the events of one body, one by one, and keeps what is accepted.
class Intake {
 public:
  explicit Intake(const IngestRules& rules)
      : rules_(rules), batch_{{}, EncodedEvents(rules.partitioner, rules.max_record_bytes)} {}

  void Take(int line, const Event& decoded) {
    const int64_t ahead_ms = decoded.time.value - rules_.now_ms;
    if (ahead_ms > kMaxFutureMs) {
      return Reject(line, [&] { return FutureError(ahead_ms); });
    }
    Event event = decoded;
    if (event.type == EventType::kConversion && !event.click_id.empty()) {
      if (auto resolved = ResolveClickId(event, rules_.signer, rules_.now_ms); !resolved.ok()) {
        return Reject(line, [&] { return resolved.error().message; });
      }
    }
    batch_.events.Add(event);
    ++batch_.report.accepted;
    if (-ahead_ms > rules_.dedup_window_ms) {
      ++batch_.report.late;
      batch_.report.notes.Add(line, [&] { return LateNote(rules_.dedup_window_ms); });
    }
  }

  // `reason` composes the text, if it is listed.
  template <class Reason>
  void Reject(int line, const Reason& reason) {
    ++batch_.report.rejected;
    batch_.report.errors.Add(line, reason);
  }

  // Nothing in a body of `lines` lines can be read: all are rejected, for one reason.
  void RejectBody(uint64_t lines, std::string reason) {
    batch_.report.rejected = lines;
    batch_.report.errors.Add(1, [&] { return std::move(reason); });
    batch_.report.errors.omitted = lines > 0 ? lines - 1 : 0;
  }

  IngestBatch Finish() { return std::move(batch_); }

 private:
  const IngestRules& rules_;
  IngestBatch batch_;
};

uint64_t CountLines(std::string_view body) {
  JsonFramer framer(body);
  JsonFramer::Document document;
  uint64_t lines = 0;
  while (framer.Next(document)) ++lines;
  return lines;
}

void DecodeJson(std::string_view body, Intake& intake) {
  thread_local JsonEventDecoder decoder;
  if (const auto opened = decoder.Open(body); !opened.ok()) {
    return intake.RejectBody(CountLines(body), opened.error().message);
  }
  Event event;
  EventField bad_field = EventField::kNone;
  while (decoder.Next(event, bad_field)) {
    if (bad_field == EventField::kNone) {
      intake.Take(decoder.line(), event);
    } else {
      intake.Reject(decoder.line(), [&] { return decoder.error().message; });
    }
  }
}

std::string FieldError(EventField field) {
  if (field == EventField::kRecord) {
    return "the bytes from here on are not an EventBatch (proto/adtally/v1/event.proto)";
  }
  return std::string(EventFieldName(field)) + ": missing, or out of its range";
}

void DecodeProtobuf(std::string_view body, Intake& intake) {
  EventBatchReader reader(body);
  Event event;
  EventField bad_field = EventField::kNone;
  int line = 0;
  while (reader.Next(event, bad_field)) {
    ++line;
    if (bad_field == EventField::kNone) {
      intake.Take(line, event);
    } else if (reader.broken()) {
      intake.Reject(line, [] {
        return "the body is no EventBatch from here on: this event and all after it were not read";
      });
    } else {
      intake.Reject(line, [&] { return FieldError(bad_field); });
    }
  }
  if (line == 0) intake.RejectBody(0, "the body is empty: expected an EventBatch");
}

void WriteLines(std::string_view name, std::string_view text_name, const LineList& list,
                JsonWriter& json) {
  json.Key(name);
  json.BeginArray();
  for (const LineList::Line& line : list.lines) {
    json.BeginObject();
    json.Key("line");
    json.Int(line.line);
    json.Key(text_name);
    json.String(line.text);
    json.EndObject();
  }
  json.EndArray();
  if (list.omitted > 0) {
    json.Key(std::string(name) + "_omitted");
    json.UInt(list.omitted);
  }
}

}  // namespace

IngestFormat IngestFormatOf(std::string_view content_type) {
  const std::string_view type = TrimSpace(TakeUntil(content_type, ';'));
  for (const std::string_view protobuf :
       {"application/x-protobuf", "application/protobuf", "application/vnd.google.protobuf"}) {
    if (EqualsIgnoreCase(type, protobuf)) return IngestFormat::kProtobuf;
  }
  return IngestFormat::kJson;
}

IngestBatch DecodeIngest(std::string_view body, IngestFormat format, const IngestRules& rules) {
  Intake intake(rules);
  if (format == IngestFormat::kProtobuf) {
    DecodeProtobuf(body, intake);
  } else {
    DecodeJson(body, intake);
  }
  return intake.Finish();
}

std::string IngestReportToJson(const IngestReport& report) {
  JsonWriter json;
  json.BeginObject();
  json.Key("accepted");
  json.UInt(report.accepted);
  json.Key("rejected");
  json.UInt(report.rejected);
  WriteLines("errors", "error", report.errors, json);
  if (report.late > 0) {
    json.Key("late");
    json.UInt(report.late);
    WriteLines("notes", "note", report.notes, json);
  }
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
