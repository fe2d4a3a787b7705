#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adtally::fuzz {

// JSON as RapidJSON reads it.
struct JsonValue {
  // kNatural is a whole number from 0 up, written without fraction and exponent.
  enum class Kind { kNull, kNatural, kText, kOther };
  static constexpr uint64_t kNoNumber = std::numeric_limits<uint64_t>::max();

  Kind kind = Kind::kOther;
  uint64_t natural = kNoNumber;  // kNatural
  std::string text;              // kText: unescaped; a lone surrogate is not UTF-8
};
struct JsonObject {
  bool is_object = false;
  std::vector<std::pair<std::string, JsonValue>> fields;  // as they come, the same name twice too
};

// Whether `text` is one JSON value in UTF-8, with nothing behind it.
bool ParseStrictly(std::string_view text, JsonObject& object);

// How many bytes the one JSON value at the front of `text` takes, white space before it included;
// npos when RapidJSON does not find one.
size_t JsonValueSize(std::string_view text);

// The same without a look at what the value is made of: to the next comma or closing bracket that
// is not its own. Brackets are counted, whatever their kinds. npos when its strings or brackets do
// not close. kClosed: as the framer does. kChecked: as simdjson does where it skips a value; no
// string may hold a control character, and an escaped quote begins none.
enum class Strings { kChecked, kClosed };
size_t ScanValue(std::string_view text, Strings strings);
// For the string that `text` begins with, quotes included.
size_t ScanString(std::string_view text, Strings strings);

size_t JsonSpacesAt(std::string_view text, size_t at);
std::string_view TrimJson(std::string_view text);

}  // namespace adtally::fuzz
