// JsonEventDecoder and AppendJson against RapidJSON: whole bodies, in all three layouts.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "event/json_codec.h"
#include "event/protobuf_codec.h"
#include "fuzz/canary.h"
#include "fuzz/expected_event.h"
#include "fuzz/json_document.h"
#include "fuzz/json_oracle.h"

namespace adtally::fuzz {
namespace {

using Kind = JsonVerdict::Kind;

struct ReadEvent {
  int line;
  EventField bad;
  ExpectedEvent event;
};
struct ReadBody {
  bool opened = false;
  std::vector<ReadEvent> events;
};

// Reused, as in a server: nothing of a body may stay in it.
JsonEventDecoder& Decoder() {
  static JsonEventDecoder decoder;
  return decoder;
}

ReadBody Read(std::string_view body) {
  JsonEventDecoder& decoder = Decoder();
  ReadBody read;
  const auto opened = decoder.Open(body);
  read.opened = opened.ok();
  if (!opened.ok()) ADTALLY_CHECK(IsUtf8(opened.error().message), "the message is not UTF-8");
  Event event;
  EventField bad = EventField::kNone;
  while (decoder.Next(event, bad)) {
    ADTALLY_CHECK(read.opened, "an event was read of a body that did not open");
    ReadEvent next{decoder.line(), bad, {}};
    if (bad == EventField::kNone) {
      next.event = CopyOf(event);
      PlantBug(next.event);
    } else {
      const std::string message = decoder.error().message;
      ADTALLY_CHECK(!message.empty() && IsUtf8(message), "the message is not UTF-8");
    }
    read.events.push_back(std::move(next));
  }
  ADTALLY_CHECK(!decoder.Next(event, bad), "the end of the body was not the end");
  return read;
}

// The text of one event, and where it stands.
struct Document {
  std::string_view text;
  int line;  // 0: not to be compared
};

std::vector<Document> Lines(std::string_view body) {
  std::vector<Document> lines;
  for (int line = 1; !body.empty(); ++line) {
    const size_t end = std::min(body.find('\n'), body.size());
    const std::string_view text = TrimJson(body.substr(0, end));
    if (!text.empty()) lines.push_back({text, line});
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return lines;
}

// The elements of the array that `body` begins with, as `value_size` finds them, up to the end or
// the first that it does not find.
template <class ValueSize>
std::vector<Document> Elements(std::string_view body, ValueSize value_size) {
  std::vector<Document> elements;
  body.remove_prefix(1);
  for (int number = 1;; ++number) {
    const size_t size = value_size(body);
    if (size > body.size()) break;
    const std::string_view text = TrimJson(body.substr(0, size));
    body = TrimJson(body.substr(size));
    if (!body.empty() && std::string_view(",]}").find(body[0]) == std::string_view::npos) break;
    elements.push_back({text, number});
    if (body.empty() || body[0] != ',') break;
    body.remove_prefix(1);
  }
  return elements;
}

void CompareOne(const Document& document, const ReadEvent& ours) {
  const JsonVerdict verdict = JudgeJson(document.text);
  if (document.line != 0) ADTALLY_CHECK(ours.line == document.line, "another line");
  if (ours.bad == EventField::kNone) {
    ADTALLY_CHECK(verdict.kind == Kind::kGood, "a bad event was read");
    RequireSame(ours.event, verdict.event, "events differ");
    return;
  }
  if (verdict.lenient) return;
  ADTALLY_CHECK(verdict.kind != Kind::kGood, "a good event was refused");
  if (verdict.kind == Kind::kNotObject) {
    ADTALLY_CHECK(ours.bad == EventField::kRecord, "what is not an object has no fields");
  }
  if (verdict.kind == Kind::kWrong) {
    ADTALLY_CHECK(verdict.wrong.Has(ours.bad), "the field that was named is not wrong");
  }
}

// `complete`: nothing comes behind these documents.
void CompareAll(const std::vector<Document>& documents, bool complete, const ReadBody& ours) {
  if (!ours.opened) {
    for (const Document& document : documents) {
      const JsonVerdict verdict = JudgeJson(document.text);
      const bool is_object = verdict.kind == Kind::kGood || verdict.kind == Kind::kWrong;
      ADTALLY_CHECK(!is_object || verdict.lenient, "a body with an object in it was refused");
    }
    return;
  }
  ADTALLY_CHECK(ours.events.size() >= documents.size(), "events were lost");
  ADTALLY_CHECK(!complete || ours.events.size() == documents.size(), "events were made up");
  bool any_object = !complete;
  for (size_t i = 0; i < documents.size(); ++i) {
    CompareOne(documents[i], ours.events[i]);
    any_object = any_object || JudgeJson(documents[i].text).kind != Kind::kNotObject;
  }
  ADTALLY_CHECK(any_object, "a body without an object was opened");
}

// Where the layout of a broken body is anyone's guess, what was read is at least there: as the
// line, as the element or as the body.
void RequireBacked(std::string_view body, const std::vector<Document>& lines,
                   const ReadEvent& ours) {
  std::vector<std::string_view> candidates = {body};
  const auto add = [&](const std::vector<Document>& documents) {
    for (const Document& document : documents) {
      if (document.line == ours.line) candidates.push_back(document.text);
    }
  };
  add(lines);
  if (body.front() == '[') {
    add(Elements(body, [](std::string_view text) { return ScanValue(text, Strings::kClosed); }));
  }
  for (const std::string_view text : candidates) {
    const JsonVerdict verdict = JudgeJson(text);
    if (verdict.kind == Kind::kGood && verdict.event == ours.event) return;
  }
  ADTALLY_CHECK(false, "an event was read that is not there");
}

bool IsStrictObject(std::string_view text) {
  const JsonVerdict verdict = JudgeJson(text);
  return !verdict.lenient && (verdict.kind == Kind::kGood || verdict.kind == Kind::kWrong);
}

// Where json_codec.h leaves no doubt which texts are the events, they are compared one by one.
void CompareBody(std::string_view input, const ReadBody& ours) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (input.substr(0, 3) == kByteOrderMark) input.remove_prefix(3);
  const std::string_view body = TrimJson(input);
  if (body.empty()) {
    ADTALLY_CHECK(!ours.opened, "an empty body was opened");
    return;
  }
  const std::vector<Document> lines = Lines(input);
  const bool is_json = JsonValueSize(body) == body.size();
  const bool starts_array = body.front() == '[';
  if (is_json && starts_array) {
    CompareAll(Elements(body, JsonValueSize), true, ours);
  } else if (is_json) {
    CompareAll({{body, 0}}, true, ours);
  } else if (IsStrictObject(lines.front().text) || (!starts_array && body.front() != '{')) {
    CompareAll(lines, true, ours);
  } else if (starts_array && lines.size() == 1) {
    CompareAll(Elements(body, JsonValueSize), false, ours);
  }
  for (const ReadEvent& event : ours.events) {
    if (event.bad == EventField::kNone) RequireBacked(body, lines, event);
  }
}

// A good event is written as JSON and as Protobuf, and is the same when it is read again. JSON
// leaves the user's hash out and Protobuf the click id.
void CheckRoundTrips(std::string_view body) {
  JsonEventDecoder& decoder = Decoder();
  if (!decoder.Open(body).ok()) return;
  std::vector<ExpectedEvent> expected;
  std::string json;
  std::string batch;
  size_t in_batch = 0;
  Event event;
  EventField bad = EventField::kNone;
  while (decoder.Next(event, bad)) {
    if (bad != EventField::kNone) continue;
    expected.push_back(CopyOf(event));
    AppendJson(event, json);
    json += '\n';
    if (IdsComeFromClick(event)) continue;
    AppendToBatch(event, batch);
    EventBatchReader reader(std::string_view(batch).substr(in_batch));
    in_batch = batch.size();
    Event from_batch;
    ADTALLY_CHECK(reader.Next(from_batch, bad) && bad == EventField::kNone, "Protobuf refuses it");
    ExpectedEvent without_click = expected.back();
    without_click.click_id.clear();
    RequireSame(CopyOf(from_batch), without_click, "Protobuf changed an event");
  }
  const std::vector<Document> lines = Lines(json);
  ADTALLY_CHECK(lines.size() == expected.size(), "an event was not written on one line");
  const ReadBody again = Read(json);
  ADTALLY_CHECK(again.events.size() == expected.size(), "another number of events came back");
  for (size_t i = 0; i < expected.size(); ++i) {
    expected[i].user_hash = 0;
    const JsonVerdict theirs = JudgeJson(lines[i].text);
    ADTALLY_CHECK(theirs.kind == Kind::kGood && !theirs.lenient, "RapidJSON refuses it");
    RequireSame(theirs.event, expected[i], "RapidJSON reads another event than was written");
    ADTALLY_CHECK(again.events[i].bad == EventField::kNone, "a good event came back bad");
    RequireSame(again.events[i].event, expected[i], "the round trip changed an event");
  }
}

void Check(std::string_view body) {
  CompareBody(body, Read(body));
  CheckRoundTrips(body);
}

}  // namespace
}  // namespace adtally::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  adtally::fuzz::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
