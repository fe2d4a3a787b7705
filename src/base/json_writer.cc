#include "base/json_writer.h"

#include <charconv>
#include <cmath>

#include "base/hex.h"

namespace adtally {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr uint64_t kMicros = 1'000'000;

// The length of the valid UTF-8 sequence that `text` starts with; 0 when there is none.
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned second = byte(1);
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned second = byte(1);
    const bool out_of_range = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return continues(1) && continues(2) && continues(3) && !out_of_range ? 4 : 0;
  }
  return 0;
}

void AppendEscaped(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i++];
    } else if (c == '\n') {
      out += "\\n";
      ++i;
    } else if (c < 0x20 || c == 0x7F) {
      out += "\\u00";
      AppendHex(text.substr(i++, 1), out);
    } else if (const size_t length = Utf8Length(text.substr(i)); length > 0) {
      out.append(text, i, length);
      i += length;
    } else {
      out += kReplacement;
      ++i;
    }
  }
}

}  // namespace

void JsonWriter::Separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

void JsonWriter::BeginObject() {
  Separate();
  text_ += '{';
  needs_comma_ = false;
}

void JsonWriter::EndObject() {
  text_ += '}';
  needs_comma_ = true;
}

void JsonWriter::BeginArray() {
  Separate();
  text_ += '[';
  needs_comma_ = false;
}

void JsonWriter::EndArray() {
  text_ += ']';
  needs_comma_ = true;
}

void JsonWriter::Key(std::string_view name) {
  String(name);
  text_ += ':';
  needs_comma_ = false;
}

void JsonWriter::String(std::string_view text) {
  Separate();
  text_ += '"';
  AppendEscaped(text_, text);
  text_ += '"';
}

void JsonWriter::Int(int64_t value) {
  Raw(std::to_string(value));
}

void JsonWriter::UInt(uint64_t value) {
  Raw(std::to_string(value));
}

void JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  Raw({buffer, static_cast<size_t>(end - buffer)});
}

void JsonWriter::Micros(int64_t value) {
  const bool negative = value < 0;
  const uint64_t magnitude =
      negative ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  const std::string fraction = std::to_string(magnitude % kMicros);
  std::string text = negative ? "-" : "";
  text += std::to_string(magnitude / kMicros);
  text += '.';
  text.append(6 - fraction.size(), '0');
  text += fraction;
  Raw(text);
}

void JsonWriter::Bool(bool value) {
  Raw(value ? "true" : "false");
}

void JsonWriter::Null() {
  Raw("null");
}

void JsonWriter::Raw(std::string_view json) {
  Separate();
  text_ += json;
}

}  // namespace adtally
