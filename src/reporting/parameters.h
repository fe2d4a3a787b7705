#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace adtally {

// The decoded parameters of a query string. A call states the names it knows, and anything else is
// an error.
class Parameters {
 public:
  // kInvalidArgument names the first parameter that is unknown or given twice.
  static Result<Parameters> Parse(std::string_view query, std::span<const std::string_view> known);

  // nullopt when absent.
  std::optional<std::string_view> Get(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// kInvalidArgument with "name: what was expected, got "value"". A long value is cut.
Error BadParameter(std::string_view name, std::string_view expected, std::string_view value);

// The parts between commas; one empty part for an empty text.
std::vector<std::string> SplitList(std::string_view text);

// "a, b or c"
template <class Range, class Name>
std::string Choices(const Range& items, Name name) {
  std::string text;
  size_t left = std::size(items);
  for (const auto& item : items) {
    text += name(item);
    --left;
    if (left > 0) text += left == 1 ? " or " : ", ";
  }
  return text;
}

// A decimal number of at least `min` that fits; nullopt for anything else, signs and spaces
// included.
std::optional<uint32_t> ParseUInt32(std::string_view text, uint32_t min);

}  // namespace adtally
