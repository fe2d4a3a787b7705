#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace adtally {
namespace {

TEST(JsonWriter, NestsAndSeparates) {
  JsonWriter json;
  json.BeginObject();
  json.Key("a");
  json.BeginArray();
  json.Int(-1);
  json.UInt(18446744073709551615u);
  json.BeginArray();
  json.EndArray();
  json.BeginObject();
  json.EndObject();
  json.EndArray();
  json.Key("b");
  json.Null();
  json.Key("c");
  json.Bool(true);
  json.EndObject();
  EXPECT_EQ(json.text(), R"({"a":[-1,18446744073709551615,[],{}],"b":null,"c":true})");
}

std::string Text(std::string_view text) {
  JsonWriter json;
  json.String(text);
  return json.Take();
}

TEST(JsonWriter, EscapesWhatJsonForbids) {
  EXPECT_EQ(Text("\"\\\n\t\x01\x7f/"), R"("\"\\\n\u0009\u0001\u007f/")");
  EXPECT_EQ(Text(std::string_view("a\0b", 3)), R"("a\u0000b")");
  EXPECT_EQ(Text("Grüße 東京 🎉"), "\"Grüße 東京 🎉\"");
}

TEST(JsonWriter, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Text("\xff"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(Text("a\xc3"), "\"a\xEF\xBF\xBD\"");                                // cut off
  EXPECT_EQ(Text("\xc0\xaf"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");                  // overlong
  EXPECT_EQ(Text("\xed\xa0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");  // surrogate
}

TEST(JsonWriter, WritesMicrosExactly) {
  const auto micros = [](int64_t value) {
    JsonWriter json;
    json.Micros(value);
    return json.Take();
  };
  EXPECT_EQ(micros(250000), "0.250000");
  EXPECT_EQ(micros(0), "0.000000");
  EXPECT_EQ(micros(-1), "-0.000001");
  EXPECT_EQ(micros(123456789), "123.456789");
  EXPECT_EQ(micros(std::numeric_limits<int64_t>::max()), "9223372036854.775807");
  EXPECT_EQ(micros(std::numeric_limits<int64_t>::min()), "-9223372036854.775808");
}

TEST(JsonWriter, WritesDoublesThatReadBack) {
  JsonWriter json;
  json.BeginArray();
  json.Double(1.8);
  json.Double(NAN);
  json.EndArray();
  EXPECT_EQ(json.text(), "[1.8,null]");
}

}  // namespace
}  // namespace adtally
