#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace adtally {

// Writes JSON text front to back; commas are added where they belong. Nothing checks that Begin and
// End or keys and values match: that is the caller's job. Strings may hold any bytes: control
// characters are escaped and what is not UTF-8 becomes U+FFFD, so the text is always valid JSON.
// Not thread-safe.
class JsonWriter {
 public:
  void BeginObject();
  void EndObject();
  void BeginArray();
  void EndArray();
  void Key(std::string_view name);

  void String(std::string_view text);
  void Int(int64_t value);
  void UInt(uint64_t value);
  // The shortest text that reads back the same; null when it is not finite.
  void Double(double value);
  void Micros(int64_t value);  // millionths as a number with six decimals: 250000 is 0.250000
  void Bool(bool value);
  void Null();
  void Raw(std::string_view json);  // one value that is JSON already

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  void Separate();
  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace adtally
