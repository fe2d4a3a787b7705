#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/encoded_events.h"
#include "event/signed_token.h"

namespace adtally {

inline constexpr size_t kMaxListedLines = 100;

enum class IngestFormat : uint8_t { kJson, kProtobuf };

// application/x-protobuf and its relatives are an EventBatch; anything else is JSON.
IngestFormat IngestFormatOf(std::string_view content_type);

// What is said about single lines: the first kMaxListedLines of them, and how many more there were.
struct LineList {
  struct Line {
    int line;  // from 1: the line of NDJSON, the element of an array or of an EventBatch
    std::string text;
  };
  std::vector<Line> lines;
  uint64_t omitted = 0;

  // `text` is called for the text if it is listed: composing it may cost more than the line itself.
  template <class Text>
  void Add(int line, const Text& text) {
    if (lines.size() < kMaxListedLines) {
      lines.push_back({line, text()});
    } else {
      ++omitted;
    }
  }
};

// What became of a body of events.
struct IngestReport {
  uint64_t accepted = 0;
  uint64_t rejected = 0;
  uint64_t late = 0;  // accepted, but older than the deduplication window
  LineList errors;
  LineList notes;
};

struct IngestBatch {
  IngestReport report;
  EncodedEvents events;  // the accepted ones
};

struct IngestRules {
  int64_t now_ms = 0;
  int64_t dedup_window_ms = 0;
  const TokenSigner& signer;  // verifies the click ids of conversions
  Partitioner partitioner{1};
  size_t max_record_bytes = 0;
};

// Decodes and checks a body; every event in it is either accepted or rejected with a reason. Reads
// no clock, does no I/O. Thread-safe.
//
// Rejected: what the decoder rejects, events more than kMaxFutureMs ahead of now_ms, conversions
// whose click id is not valid. A valid click id sets the conversion's dimensions and click time.
// Late events are accepted and noted. invalid_reason, user_hash and click_time of an EventBatch are
// kept as sent: whoever holds an ingest key may mark invalid traffic and has the events' truth
// anyway.
IngestBatch DecodeIngest(std::string_view body, IngestFormat format, const IngestRules& rules);

// {"accepted":N,"rejected":M,"errors":[{"line":3,"error":"..."}]}; with "errors_omitted", "late",
// "notes" and "notes_omitted" where there is something to say.
std::string IngestReportToJson(const IngestReport& report);

}  // namespace adtally
