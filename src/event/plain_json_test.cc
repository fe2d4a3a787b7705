#include "event/plain_json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "event/arbitrary_event.h"
#include "event/json_codec.h"
#include "event/json_framing.h"
#include "event/json_object_reader.h"

namespace adtally {
namespace {

std::string WithClickId(const Event& event) {
  return Describe(event) + "|" + std::string(event.click_id);
}

using Fields = std::vector<std::pair<std::string, std::string>>;  // key, JSON of the value

template <class T>
T Pick(std::initializer_list<T> values) {
  return *rc::gen::elementOf(std::vector<T>(values));
}

std::string Quoted(const std::string& text) {
  return '"' + text + '"';
}

std::string PlainText(int min, int max) {
  const auto size = *rc::gen::inRange(min, max + 1);
  return *rc::gen::container<std::string>(static_cast<size_t>(size),
                                          rc::gen::elementOf(std::string("aZ09 _-.:/#{}[],~")));
}

std::string Number(uint64_t max) {
  return std::to_string(*rc::gen::oneOf(rc::gen::inRange<uint64_t>(0, max),
                                        rc::gen::element<uint64_t>(1, 12'345'678, max - 1, max)));
}

std::string Id() {
  return std::to_string(*rc::gen::inRange<uint64_t>(1, uint64_t{UINT32_MAX} + 1));
}

std::string Time() {
  return *rc::gen::arbitrary<bool>()
             ? std::to_string(*rc::gen::inRange(kMinEventTime.value, kMaxEventTime.value))
             : Quoted(Pick<std::string>({"2026-11-23T12:00:00Z", "2000-01-02T00:00:00.123+01:00"}));
}

// The fields of a good event, written plainly.
Fields PlainFields() {
  Fields fields = {
      {"event_id", Quoted(PlainText(1, 64))},
      {"type", Quoted(Pick<std::string>({"impression", "click", "conversion"}))},
      {"timestamp", Time()},
      {"advertiser_id", Id()},
      {"campaign_id", Id()},
      {"ad_group_id", Id()},
      {"creative_id", Id()},
  };
  const Fields optional = {
      {"device", Quoted(Pick<std::string>({"other", "desktop", "mobile", "tablet", "tv"}))},
      {"country", Quoted(Pick<std::string>({"", "US"}))},
      {"region", Quoted(Pick<std::string>({"", "9", "CA", "A0Z"}))},
      {"cost_micros", Number(kMaxMicrosPerEvent)},
      {"value_micros", Number(kMaxMicrosPerEvent)},
      {"order_id", Quoted(PlainText(0, 64))},
      {"click_id", Quoted(PlainText(0, 200))},
      {"user_id", Quoted(PlainText(0, 40))},
      {"click_time", Time()},
      {"invalid_reason", Quoted(Pick<std::string>({"none", "bot"}))},
      {"append_time", Number(999'999'999'999'999)},
      {"x", Quoted(PlainText(0, 300))},
      {"", "0"},
  };
  for (const auto& field : optional) {
    if (*rc::gen::arbitrary<bool>()) fields.push_back(field);
  }
  if (*rc::gen::inRange(0, 4) == 0) fields.push_back({"campaign_id", Id()});  // the last one counts
  return fields;
}

// The same fields in another order, as json.dumps of different languages writes them.
std::string Write(Fields fields) {
  if (*rc::gen::arbitrary<bool>()) {
    for (size_t i = fields.size(); i > 1; --i) {
      std::swap(fields[i - 1], fields[*rc::gen::inRange<size_t>(0, i)]);
    }
  }
  const std::string colon = Pick<std::string>({":", ": "});
  const std::string comma = Pick<std::string>({",", ", "});
  std::string json = "{";
  for (const auto& [key, value] : fields) {
    if (json.size() > 1) json += comma;
    json += Quoted(key) + colon + value;
  }
  return json + "}";
}

// What is behind the event in a body; long enough to be read over.
std::string Behind() {
  return Pick<std::string>({"\n", ",", "}", "\"", " ", "{"}) +
         std::string(kPlainJsonSlack, *rc::gen::arbitrary<char>());
}

void Mutate(std::string& text) {
  const auto changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const auto at = *rc::gen::inRange<size_t>(0, text.size());
    const auto c =
        *rc::gen::oneOf(rc::gen::elementOf(std::string("{}[]\":,\\ 019-.enaUZ\n\r\t\x7f")),
                        rc::gen::arbitrary<char>());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        text[at] = c;
        break;
      case 1:
        text.insert(at, 1, c);
        break;
      default:
        text.erase(at, *rc::gen::inRange<size_t>(1, 9));
        break;
    }
  }
}

// Reads it both ways. Returns whether it was plain.
bool ReadBothWays(const std::string& json, const std::string& behind) {
  static JsonObjectReader reader;
  const std::string text = json + behind;
  const std::vector<char> exact(text.begin(), text.end());  // ASan sees a read beyond it
  Event plain;
  const size_t size = ReadPlainJsonEvent({exact.data(), exact.size()}, plain);
  if (size == 0) return false;
  RC_ASSERT(size <= text.size());
  Event any;
  const EventField bad = reader.Read(std::string_view(text).substr(0, size), any);
  RC_ASSERT(bad == EventField::kNone);
  RC_ASSERT(WithClickId(plain) == WithClickId(any));
  return size == json.size();
}

TEST(PlainJson, EveryPlainEventIsReadAsAnyReaderDoes) {
  EXPECT_TRUE(rc::check([] { RC_ASSERT(ReadBothWays(Write(PlainFields()), Behind())); }));
}

TEST(PlainJson, AnyFieldMayBeMissing) {
  EXPECT_TRUE(rc::check([] {
    Fields fields = PlainFields();
    const auto gone = *rc::gen::inRange<size_t>(0, 5);
    for (size_t i = 0; i < gone; ++i) {
      fields.erase(fields.begin() +
                   *rc::gen::inRange<ptrdiff_t>(0, static_cast<ptrdiff_t>(fields.size())));
    }
    ReadBothWays(Write(fields), Behind());
  }));
}

TEST(PlainJson, WhateverElseIsAcceptedMeansTheSame) {
  EXPECT_TRUE(rc::check([] {
    std::string json = Write(PlainFields());
    Mutate(json);
    ReadBothWays(json, Behind());
  }));
  for (const char* value : {"0", "00", "-0", "-1", "01", "1.0", "1e3", "999999999999999",
                            "1000000000000000", "99999999999999999999", "null", "true", "\"\"",
                            "\"1\"", "{}", "[]", "4294967295", "4294967296", "1000000000001"}) {
    for (const char* key : {"campaign_id", "cost_micros", "timestamp", "country", "user_id", "x"}) {
      Fields fields = {{"event_id", "\"e\""},          {"type", "\"click\""},
                       {"timestamp", "1790000000000"}, {"advertiser_id", "1"},
                       {"campaign_id", "7"},           {"ad_group_id", "70"},
                       {"creative_id", "700"}};
      fields.emplace_back(key, value);
      std::string json = "{";
      for (const auto& field : fields) json += Quoted(field.first) + ":" + field.second + ",";
      json.back() = '}';
      ReadBothWays(json, std::string(kPlainJsonSlack, ' '));
    }
  }
}

TEST(PlainJson, NothingBeyondTheTextIsRead) {
  const std::string json =
      R"({"event_id":"e1","type":"click","timestamp":1790000000000,"advertiser_id":1,)"
      R"("campaign_id":7,"ad_group_id":70,"creative_id":700,"order_id":")" +
      std::string(40, 'x') + "\"}";
  for (size_t size = 0; size <= json.size() + kPlainJsonSlack; ++size) {
    const std::string padded = json + std::string(kPlainJsonSlack, 'x');
    const std::vector<char> exact(padded.begin(), padded.begin() + static_cast<ptrdiff_t>(size));
    Event event;
    const size_t read = ReadPlainJsonEvent({exact.data(), exact.size()}, event);
    EXPECT_TRUE(read == 0 || (read == json.size() && read <= size)) << size;
    EXPECT_TRUE(read == json.size() || size < padded.size()) << size;
  }
}

// What the decoder has to say about a body: each line or element framed first, then read.
std::vector<std::string> ReadFramed(std::string_view body) {
  static JsonObjectReader reader;
  std::vector<std::string> said;
  JsonFramer framer(body);
  JsonFramer::Document document;
  while (framer.Next(document)) {
    const std::string line = std::to_string(framer.number()) + " ";
    Event event;
    if (!document.broken.empty()) {
      said.push_back(line + std::string(document.broken));
    } else if (reader.Read(document.text, event) == EventField::kNone) {
      said.push_back(line + WithClickId(event));
    } else {
      said.push_back(line + reader.Problem());
    }
  }
  return said;
}

TEST(PlainJson, ABodyIsReadAsIfEachEventWereFramedFirst) {
  EXPECT_TRUE(rc::check([] {
    static JsonEventDecoder decoder;
    const bool array = *rc::gen::arbitrary<bool>();
    const auto events = *rc::gen::inRange(1, 6);
    std::string body = array ? "[" : "";
    for (int i = 0; i < events; ++i) {
      body += Write(PlainFields()) + Pick<std::string>({"", "", " ", "\r", "\t "});
      body += array ? Pick<std::string>({",", ",", ",\n", " , "})
                    : Pick<std::string>({"\n", "\n", "\n\n", "\n \n"});
    }
    if (array) body.back() = ']';
    if (*rc::gen::arbitrary<bool>()) Mutate(body);
    const std::vector<char> exact(body.begin(), body.end());

    if (!decoder.Open({exact.data(), exact.size()}).ok()) return;
    std::vector<std::string> said;
    Event event;
    EventField bad;
    while (decoder.Next(event, bad)) {
      said.push_back(std::to_string(decoder.line()) + " " +
                     (bad == EventField::kNone ? WithClickId(event) : decoder.error().message));
    }
    RC_ASSERT(said == ReadFramed(body));
  }));
}

}  // namespace
}  // namespace adtally
