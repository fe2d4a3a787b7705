#pragma once

#include <array>
#include <string>

#include "counting/checkpoint.h"

namespace adtally {

// The counts of Measures in the order of kMeasureColumns, which ends with the two sums of money.
inline constexpr std::array<uint64_t Measures::*, 6> kCountFields = {
    &Measures::impressions,         &Measures::clicks,         &Measures::conversions,
    &Measures::invalid_impressions, &Measures::invalid_clicks, &Measures::invalid_conversions};
inline constexpr std::array<int64_t Measures::*, 2> kMoneyFields = {
    &Measures::spend_micros, &Measures::conversion_value_micros};

inline void AddSums(Measures& sums, const Measures& other) {
  for (const auto field : kCountFields) sums.*field += other.*field;
  for (const auto field : kMoneyFields) sums.*field += other.*field;
}

// How many events they count, invalid ones included.
inline uint64_t EventsOf(const Measures& sums) {
  uint64_t events = 0;
  for (const auto field : kCountFields) events += sums.*field;
  return events;
}

// "12,3,0,…": all eight in the order of kMeasureColumns.
inline std::string SumsText(const Measures& sums) {
  std::string text;
  for (const auto field : kCountFields) text += std::to_string(sums.*field) + ',';
  for (const auto field : kMoneyFields) text += std::to_string(sums.*field) + ',';
  text.pop_back();
  return text;
}

}  // namespace adtally
