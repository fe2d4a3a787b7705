#pragma once

#include <string>

#include "counting/measures.h"

namespace adtally {

// How many events they count, invalid ones and duplicates included.
inline uint64_t EventsOf(const Measures& sums) {
  uint64_t events = 0;
  for (const auto& column : kCountColumns) events += sums.*column.field;
  return events;
}

// "12,3,0,…": all of them in the order of kMeasureColumns.
inline std::string SumsText(const Measures& sums) {
  std::string text;
  for (const auto& column : kCountColumns) text += std::to_string(sums.*column.field) + ',';
  for (const auto& column : kMoneyColumns) text += std::to_string(sums.*column.field) + ',';
  text.pop_back();
  return text;
}

}  // namespace adtally
