#include "event/json_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <vector>

#include "base/hash.h"
#include "event/arbitrary_event.h"

namespace adtally {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Decoded {
  bool ok = false;
  std::string failure;
  std::vector<std::pair<int, std::string>> events;  // line, Describe
  std::map<int, std::string> errors;
};

Decoded Decode(std::string_view body) {
  static JsonEventDecoder decoder;  // reused, as in a server
  Decoded decoded;
  const std::vector<char> exact(body.begin(), body.end());  // ASan sees a read beyond it
  const auto opened = decoder.Open({exact.data(), exact.size()});
  decoded.ok = opened.ok();
  if (!opened.ok()) decoded.failure = opened.error().message;
  Event event;
  EventField bad;
  while (decoder.Next(event, bad)) {
    RC_ASSERT(opened.ok());
    if (bad == EventField::kNone) {
      RC_ASSERT(IdsComeFromClick(event) || FirstInvalidField(event) == EventField::kNone);
      decoded.events.emplace_back(decoder.line(), Describe(event));
    } else {
      decoded.errors[decoder.line()] = decoder.error().message;
    }
  }
  RC_ASSERT(!decoder.Next(event, bad));
  return decoded;
}

const std::string kGood =
    R"({"event_id":"e1","type":"click","timestamp":1790000000000,"advertiser_id":1,)"
    R"("campaign_id":7,"ad_group_id":70,"creative_id":700})";

// The good event with its field `name` replaced (or added) by raw JSON; without it when `raw` is
// null.
std::string With(std::string_view name, const char* raw) {
  std::map<std::string, std::string, std::less<>> fields = {
      {"event_id", "\"e1\""}, {"type", "\"click\""}, {"timestamp", "1790000000000"},
      {"advertiser_id", "1"}, {"campaign_id", "7"},  {"ad_group_id", "70"},
      {"creative_id", "700"}};
  fields.erase(std::string(name));
  if (raw != nullptr) fields[std::string(name)] = raw;
  std::string json;
  for (const auto& [key, value] : fields) json += ",\"" + key + "\":" + value;
  return "{" + json.substr(1) + "}";
}

std::string ErrorOf(const std::string& json) {
  // Behind a good line, so that the body as a whole is readable.
  const Decoded decoded = Decode(kGood + "\n" + json + "\n");
  EXPECT_TRUE(decoded.ok) << decoded.failure;
  EXPECT_EQ(decoded.errors.size(), 1U) << json;
  return decoded.errors.empty() ? "" : decoded.errors.begin()->second;
}

Event DecodeOne(const std::string& json) {
  JsonEventDecoder decoder;
  EXPECT_TRUE(decoder.Open(json).ok()) << json;
  Event found;
  EventField bad = EventField::kRecord;
  EXPECT_TRUE(decoder.Next(found, bad));
  EXPECT_EQ(bad, EventField::kNone) << decoder.error().message;
  found.event_id = found.order_id = found.click_id = {};  // gone with the decoder
  return found;
}

TEST(JsonCodec, ReadsEveryField) {
  const Event event =
      DecodeOne(R"({"event_id":"e1","type":"conversion","timestamp":"2026-11-23T12:00:00.5+01:00",)"
                R"("advertiser_id":1,"campaign_id":7,"ad_group_id":70,"creative_id":4294967295,)"
                R"("device":"mobile","country":"US","region":"CA","cost_micros":250000,)"
                R"("value_micros":1000000000000,"order_id":"o","click_id":"t","user_id":"u",)"
                R"("click_time":1790000000000,"invalid_reason":"bot"})");
  EXPECT_EQ(Describe(event),
            "|conversion|mobile|US|CA||bot|1795431600500|1|7|70|4294967295|250000|1000000000000|"
            "1790000000000|" +
                std::to_string(HashBytes("u").low));
}

TEST(JsonCodec, OptionalFieldsHaveDefaults) {
  const Event event = DecodeOne(kGood);
  EXPECT_EQ(Describe(event), "|click|other||||none|1790000000000|1|7|70|700|0|0|0|0");
}

TEST(JsonCodec, AcceptsOneObjectAnArrayOrLines) {
  EXPECT_THAT(Decode(kGood).events, ElementsAre(Pair(1, testing::_)));
  EXPECT_THAT(Decode("\xef\xbb\xbf" + kGood).events, ElementsAre(Pair(1, testing::_)));
  std::string pretty = kGood;
  for (size_t at = 0; (at = pretty.find(',', at)) != std::string::npos; at += 4) {
    pretty.replace(at, 1, ",\r\n  ");
  }
  EXPECT_THAT(Decode("\n" + pretty + "\n\n").events, ElementsAre(Pair(1, testing::_)));
  EXPECT_THAT(Decode("{\n\"x\":\n{\"y\":[{\n}]},\n" + pretty.substr(1)).events,
              ElementsAre(Pair(1, testing::_)));
  EXPECT_THAT(Decode(" [" + kGood + "]").events, ElementsAre(Pair(1, testing::_)));
  EXPECT_THAT(Decode("[\n" + pretty + ",\n" + pretty + "\n]\n").events,
              ElementsAre(Pair(1, testing::_), Pair(2, testing::_)));
  EXPECT_THAT(Decode("[\n" + kGood + "\n,\n" + kGood + "\n]").events,
              ElementsAre(Pair(1, testing::_), Pair(2, testing::_)));
  EXPECT_THAT(Decode("\r\n" + kGood + "\r\n\r\n  \r\n" + kGood).events,
              ElementsAre(Pair(2, testing::_), Pair(5, testing::_)));
}

TEST(JsonCodec, ABadLineCostsItselfOnly) {
  const Decoded decoded = Decode("garbage\n" + kGood + "\n{\"event_id\":\"x\n" + kGood + "\n[" +
                                 "\n" + kGood + "{}\n" + kGood);
  EXPECT_TRUE(decoded.ok);
  EXPECT_THAT(decoded.events,
              ElementsAre(Pair(2, testing::_), Pair(4, testing::_), Pair(7, testing::_)));
  EXPECT_THAT(decoded.errors,
              ElementsAre(Pair(1, "expected a JSON object, got garbage"),
                          Pair(3, "not valid JSON: a string is not closed"),
                          Pair(5, "expected a JSON object, got an array"),
                          Pair(6, "not valid JSON: there is more text after the object")));
  // The first line is broken in ways that could look like an object or an array over several lines.
  for (const char* broken :
       {"{\"event_id\":", "{\"a\":{\"b\":1}", "{", "[oops", "[{\"a\":1}", "{}}"}) {
    EXPECT_EQ(Decode(std::string(broken) + "\n" + kGood + "\n" + kGood).events.size(), 2U)
        << broken;
  }
}

TEST(JsonCodec, ABadElementCostsItselfOnly) {
  const Decoded decoded =
      Decode("[1," + kGood + ",{\"event_id\":tru}," + kGood + ",{\"a\":\"]\"}," + kGood + ",]");
  EXPECT_EQ(decoded.events.size(), 3U);
  EXPECT_THAT(decoded.errors,
              ElementsAre(Pair(1, "expected a JSON object, got 1"),
                          Pair(3, HasSubstr("event_id: expected")), Pair(5, "event_id: missing"),
                          Pair(7, "expected a JSON object, got nothing")));
}

TEST(JsonCodec, WhereAnArrayBreaksReadingStops) {
  const Decoded unclosed = Decode("[" + kGood + ",{\"a\":1," + kGood + "," + kGood + "]");
  EXPECT_EQ(unclosed.events.size(), 1U);
  EXPECT_THAT(unclosed.errors, ElementsAre(Pair(2, HasSubstr("reading stopped at this element"))));
  const Decoded cut = Decode("[" + kGood + "," + kGood);
  EXPECT_EQ(cut.events.size(), 2U);
  EXPECT_THAT(cut.errors, ElementsAre(Pair(3, HasSubstr("the array is not closed"))));
  const Decoded brace = Decode("[" + kGood + "}," + kGood + "]");
  EXPECT_THAT(brace.errors, ElementsAre(Pair(2, HasSubstr("unexpected '}'"))));
  EXPECT_EQ(brace.events.size(), 1U);
  const Decoded more = Decode("[" + kGood + "] x");
  EXPECT_EQ(more.events.size(), 1U);
  EXPECT_THAT(more.errors, ElementsAre(Pair(2, "there is more text after the array")));
}

TEST(JsonCodec, ABodyWithoutAnyObjectFails) {
  for (const char* body : {"", " \n\r\n ", "[]", "hello", "[1,2]", "{\"event_id\":", "[", "]", "{",
                           "\"x\"", "null", "{\n\"event_id\": \"e\",\n\"type\": \"click\"\n"}) {
    const Decoded decoded = Decode(body);
    EXPECT_FALSE(decoded.ok) << body;
    EXPECT_THAT(decoded.failure, HasSubstr("no event can be read from the body"));
  }
  EXPECT_THAT(Decode("\nhello").failure, HasSubstr("at 2: expected a JSON object, got hello"));
}

TEST(JsonCodec, ErrorsNameTheFieldAndWhatWasFound) {
  const char* ids = "campaign_id: expected a whole number from 1 to 4294967295, got ";
  EXPECT_EQ(ErrorOf(With("country", "\"USA\"")), "country: expected two letters, got \"USA\"");
  EXPECT_EQ(ErrorOf(With("country", "\"us\"")),
            "country: expected two upper-case letters, got \"us\"");
  EXPECT_EQ(ErrorOf(With("region", "\"ca\"")),
            "region: expected 1 to 3 upper-case letters or digits, got \"ca\"");
  EXPECT_EQ(ErrorOf(With("cost_micros", "-5")), "cost_micros: expected 0 to 1000000000000, got -5");
  EXPECT_EQ(ErrorOf(With("value_micros", "1.5")),
            "value_micros: expected 0 to 1000000000000, got 1.5");
  for (const char* raw :
       {"\"x\"", "0", "-1", "4294967296", "99999999999999999999", "1.0", "1e3", "true", "007"}) {
    EXPECT_EQ(ErrorOf(With("campaign_id", raw)), std::string(ids) + raw);
  }
  EXPECT_EQ(ErrorOf(With("campaign_id", "{\"a\":1}")), std::string(ids) + "an object");
  EXPECT_EQ(ErrorOf(With("campaign_id", "[7]")), std::string(ids) + "an array");
  EXPECT_EQ(ErrorOf(With("type", "\"view\"")),
            "type: expected impression, click or conversion, got \"view\"");
  EXPECT_EQ(ErrorOf(With("device", "\"phone\"")),
            "device: expected desktop, mobile, tablet, tv or other, got \"phone\"");
  EXPECT_EQ(ErrorOf(With("event_id", "\"\"")),
            "event_id: expected 1 to 64 bytes of text without control characters, got \"\"");
  EXPECT_THAT(ErrorOf(With("event_id", "\"a\\u0000b\"")), HasSubstr("got \"a\\u0000b\""));
  EXPECT_THAT(ErrorOf(With("event_id", "\"\\ud800\"")), HasSubstr("event_id: expected"));
  EXPECT_THAT(ErrorOf(With("event_id", "5")), HasSubstr("got 5"));
  EXPECT_EQ(ErrorOf(With("user_id", "5")), "user_id: expected text, got 5");
  EXPECT_EQ(ErrorOf(With("order_id", "[]")),
            "order_id: expected at most 64 bytes of text, got an array");
  for (const char* raw :
       {"1690000000", "\"yesterday\"", "\"2126-01-01T00:00:00Z\"", "1.5e12", "-1"}) {
    EXPECT_EQ(ErrorOf(With("timestamp", raw)),
              std::string("timestamp: expected milliseconds since 1970 or RFC 3339 text, from 2000 "
                          "to 2099, got ") +
                  raw);
  }
}

TEST(JsonCodec, WhatWasFoundIsShortened) {
  const std::string error = ErrorOf(With("order_id", ("\"" + std::string(70, 'x') + "\"").c_str()));
  EXPECT_EQ(error,
            "order_id: expected at most 64 bytes of text, got \"" + std::string(39, 'x') + "...");
  const std::string accents =
      ErrorOf(With("type", ("\"x" + std::string("éééééééééééééééééééééééééééé") + "\"").c_str()));
  EXPECT_THAT(accents, testing::EndsWith("é..."));
  EXPECT_THAT(ErrorOf("\x01\x02"), testing::EndsWith("got \\x01\\x02"));
  EXPECT_THAT(ErrorOf("\xff\xe9 caf"), testing::EndsWith("got \\xff\\xe9 caf"));
}

TEST(JsonCodec, RequiredFieldsAreMissedByName) {
  for (const char* name : {"event_id", "type", "timestamp", "advertiser_id", "campaign_id",
                           "ad_group_id", "creative_id"}) {
    EXPECT_EQ(ErrorOf(With(name, nullptr)), std::string(name) + ": missing");
    EXPECT_EQ(ErrorOf(With(name, "null")), std::string(name) + ": missing");
  }
  EXPECT_EQ(ErrorOf("{}"), "event_id: missing");
}

TEST(JsonCodec, AConversionWithAClickIdMayLeaveItsIdsOut) {
  const std::string head = R"({"event_id":"e","timestamp":1790000000000,"click_id":"t",)";
  const Decoded good = Decode(head + R"("type":"conversion"})");
  EXPECT_EQ(good.events.size(), 1U);
  EXPECT_EQ(ErrorOf(head + R"("type":"click"})"), "advertiser_id: missing");
  EXPECT_EQ(ErrorOf(head + R"("type":"conversion","campaign_id":7})"), "advertiser_id: missing");
  EXPECT_THAT(ErrorOf(head + R"("type":"conversion","advertiser_id":0})"), HasSubstr("got 0"));
  EXPECT_EQ(
      ErrorOf(R"({"event_id":"e","timestamp":1790000000000,"click_id":"","type":"conversion"})"),
      "advertiser_id: missing");
}

TEST(JsonCodec, OtherJsonSubtleties) {
  const std::string tail = kGood.substr(1);
  // The last of two counts; unknown fields of any shape are skipped; keys may be written with
  // escapes.
  EXPECT_EQ(DecodeOne("{\"campaign_id\":5," + tail).dimensions.campaign_id, 7U);
  EXPECT_EQ(ErrorOf("{\"campaign_id\":0," + tail).substr(0, 11), "campaign_id");
  DecodeOne(R"({"x":[[{"a":"}"}],null,1.5e3],"a_very_long_unknown_key_name":{},"":0,"\"":1,)" +
            tail);
  EXPECT_EQ(DecodeOne(R"({"\u0063ountry":"DE",)" + tail).dimensions.country.view(), "DE");
  EXPECT_EQ(DecodeOne(R"({"country":null,"device":null,)" + tail).dimensions.country.view(), "");
  EXPECT_EQ(ErrorOf(R"({"x":"\xff"})" + std::string("\xff")).substr(0, 13), "invalid UTF-8");
  for (const char* bad : {"{\"x\"}", "{\"x\":}", "{,}", "{\"x\":1,}", "{x:1}", "{\"x\":1 \"y\":2}",
                          "{\"x\":]}", "{\"x\":\"a\tb\"}", "{\"device\":nul}", "{\"x\":[}"}) {
    EXPECT_THAT(ErrorOf(bad), HasSubstr("not valid JSON")) << bad;
  }
  const std::string deep(5000, '[');
  EXPECT_THAT(ErrorOf("{\"x\":" + deep + "}"), HasSubstr("not valid JSON"));
  DecodeOne("{\"x\":" + deep + std::string(5000, ']') + "," + tail);
}

TEST(JsonCodec, AnEventHasALimitedSize) {
  const auto padded = [](size_t size) {
    return "{\"x\":\"" + std::string(size - kGood.size() - 7, 'x') + "\"," + kGood.substr(1);
  };
  ASSERT_EQ(padded(1000).size(), 1000U);
  EXPECT_EQ(Decode(padded(kMaxEventJsonBytes)).events.size(), 1U);
  EXPECT_EQ(ErrorOf(padded(kMaxEventJsonBytes + 1)), "longer than 65536 bytes");
}

std::string ToJson(const OwnedEvent& event) {
  std::string json;
  AppendJson(event.Get(), json);
  return json;
}

std::string Expected(const OwnedEvent& owned) {
  Event event = owned.Get();
  event.user_hash = 0;
  return Describe(event);
}

TEST(JsonCodec, AnyEventRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const OwnedEvent event = *ArbitraryEvent();
    const std::string json = ToJson(event);
    for (const std::string& body : {json, "[" + json + "]", json + "\r\n"}) {
      const Decoded decoded = Decode(body);
      RC_ASSERT(decoded.events == (std::vector<std::pair<int, std::string>>{{1, Expected(event)}}));
    }
  }));
}

TEST(JsonCodec, RandomBadLinesCostThemselvesOnly) {
  EXPECT_TRUE(rc::check([] {
    const auto lines = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
    std::string body;
    std::vector<std::pair<int, std::string>> expected;
    int line = 0;
    for (const int kind : lines) {
      ++line;
      const OwnedEvent event = *ArbitraryEvent();
      std::string text = ToJson(event);
      if (kind < 2) {
        expected.emplace_back(line, Expected(event));
      } else if (kind == 2) {
        text.resize(*rc::gen::inRange<size_t>(1, text.size()));  // cut short
      } else {
        // Not a lone "}": after a line cut at its colon, it makes the line between them a part of
        // one valid object.
        text = *rc::gen::element<std::string>("", "x", "null", "}x", "]", "\"", "[x", "{\"a\":1}",
                                              "\\");
      }
      body += text + "\n";
    }
    const Decoded decoded = Decode(body);
    RC_ASSERT(decoded.events == expected);
  }));
}

TEST(JsonCodec, RandomBytesNeverCrashNorPassAnInvalidEvent) {
  EXPECT_TRUE(rc::check([] {
    const auto events = *rc::gen::container<std::vector<OwnedEvent>>(2, ArbitraryEvent());
    const bool array = *rc::gen::arbitrary<bool>();
    std::string body = array ? "[" : "";
    for (const OwnedEvent& event : events) body += ToJson(event) + (array ? "," : "\n");
    if (array) body.back() = ']';
    const auto flips = *rc::gen::inRange(0, 5);
    for (int i = 0; i < flips; ++i) {
      const auto structural = rc::gen::element('{', '}', '[', ']', '"', ',', ':', '\\', '\n');
      body[*rc::gen::inRange<size_t>(0, body.size())] =
          *rc::gen::oneOf(structural, rc::gen::arbitrary<char>());
    }
    body.resize(
        *rc::gen::oneOf(rc::gen::just(body.size()), rc::gen::inRange<size_t>(0, body.size() + 1)));
    Decode(body);
  }));
  EXPECT_TRUE(rc::check([] {
    const auto tokens = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("{", "}", "[", "]", "\"event_id\"", "\"type\"", ":", ",", "1",
                                      "null", "\"x\"", "\n", "\\"));
    std::string body = "{";
    for (const std::string& token : tokens) body += token;
    Decode(body);
    Decode(body + "}");
  }));
}

TEST(JsonCodec, LargeHostileBodiesTakeLinearTime) {
  const size_t size = 4 << 20;
  EXPECT_FALSE(Decode("[" + std::string(size, '\n') + "x").ok);
  EXPECT_FALSE(Decode("{" + std::string(size, '\n') + "x").ok);
  EXPECT_FALSE(Decode(std::string(size, '[')).ok);
  EXPECT_FALSE(Decode("[" + std::string(size, '"')).ok);
}

}  // namespace
}  // namespace adtally
