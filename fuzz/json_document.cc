#include "fuzz/json_document.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace adtally::fuzz {
namespace {

// Collects the fields of the outermost object; anything deeper is one kOther.
class ObjectCollector : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ObjectCollector> {
 public:
  explicit ObjectCollector(JsonObject& object) : object_(object) {}

  bool Null() { return Add({.kind = JsonValue::Kind::kNull, .text = {}}); }
  bool Default() { return Add({}); }  // true, false, a number with a fraction or an exponent
  bool Int(int number) { return Int64(number); }
  bool Uint(unsigned number) { return Uint64(number); }
  bool Int64(int64_t number) {
    return number < 0 ? Default() : Uint64(static_cast<uint64_t>(number));
  }
  bool Uint64(uint64_t number) {
    return Add({.kind = JsonValue::Kind::kNatural, .natural = number, .text = {}});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return Add({.kind = JsonValue::Kind::kText, .text = {text, size}});
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ == 1) key_.assign(text, size);
    return true;
  }
  bool StartObject() {
    if (depth_ == 0) object_.is_object = true;
    return Open();
  }
  bool StartArray() { return Open(); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

 private:
  bool Add(JsonValue value) {
    if (depth_ == 1 && object_.is_object) object_.fields.emplace_back(key_, std::move(value));
    return true;
  }
  bool Open() {
    Add({});
    ++depth_;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }

  JsonObject& object_;
  std::string key_;
  int depth_ = 0;
};

// Iterative, so that deep nesting takes no stack.
constexpr unsigned kStrict = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

bool ParseStrictly(std::string_view text, JsonObject& object) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  ObjectCollector collector(object);
  // RapidJSON takes a NUL behind the value for the end.
  return !reader.Parse<kStrict>(stream, collector).IsError() && stream.Tell() == text.size();
}

size_t JsonSpacesAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsSpace(text[end])) ++end;
  return end - at;
}

size_t ScanString(std::string_view text, Strings strings) {
  const unsigned char lowest = strings == Strings::kChecked ? 0x20 : 0;
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
    if (at < text.size() && static_cast<unsigned char>(text[at]) < lowest) break;
  }
  return std::string_view::npos;
}

std::string_view TrimJson(std::string_view text) {
  text.remove_prefix(JsonSpacesAt(text, 0));
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

size_t JsonValueSize(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  rapidjson::BaseReaderHandler<> nothing;
  if (reader.Parse<kStrict | rapidjson::kParseStopWhenDoneFlag>(stream, nothing).IsError())
    return std::string_view::npos;
  return stream.Tell();
}

size_t ScanValue(std::string_view text, Strings strings) {
  size_t open = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const size_t size = ScanString(text.substr(at), strings);
      if (size == std::string_view::npos) return size;
      at += size;
      continue;
    }
    // simdjson takes an escaped quote for the beginning of a string outside of one neither.
    if (strings == Strings::kChecked && c == '\\' && at + 1 < text.size() &&
        (text[at + 1] == '"' || text[at + 1] == '\\')) {
      at += 2;
      continue;
    }
    const bool closes = c == ']' || c == '}';
    if (open == 0 && (c == ',' || closes)) return at;
    if (c == '[' || c == '{') ++open;
    if (closes) --open;
    ++at;
  }
  return open == 0 ? text.size() : std::string_view::npos;
}

}  // namespace adtally::fuzz
