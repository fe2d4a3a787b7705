#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace adtally {

// What is summed per minute row. Invalid events and duplicates are counted apart and cost nothing.
struct Measures {
  uint64_t impressions = 0;
  uint64_t clicks = 0;
  uint64_t conversions = 0;
  uint64_t invalid_impressions = 0;
  uint64_t invalid_clicks = 0;
  uint64_t invalid_conversions = 0;
  uint64_t duplicate_impressions = 0;
  uint64_t duplicate_clicks = 0;
  uint64_t duplicate_conversions = 0;
  int64_t spend_micros = 0;
  int64_t conversion_value_micros = 0;
  friend bool operator==(const Measures&, const Measures&) = default;
};

// A measure and the column of the store's tables that holds it.
template <class Number>
struct MeasureColumn {
  std::string_view name;
  Number Measures::*field;
};

// In the order of the tables' columns, which end with money.
inline constexpr std::array<MeasureColumn<uint64_t>, 9> kCountColumns = {{
    {"impressions", &Measures::impressions},
    {"clicks", &Measures::clicks},
    {"conversions", &Measures::conversions},
    {"invalid_impressions", &Measures::invalid_impressions},
    {"invalid_clicks", &Measures::invalid_clicks},
    {"invalid_conversions", &Measures::invalid_conversions},
    {"duplicate_impressions", &Measures::duplicate_impressions},
    {"duplicate_clicks", &Measures::duplicate_clicks},
    {"duplicate_conversions", &Measures::duplicate_conversions},
}};
inline constexpr std::array<MeasureColumn<int64_t>, 2> kMoneyColumns = {{
    {"spend_micros", &Measures::spend_micros},
    {"conversion_value_micros", &Measures::conversion_value_micros},
}};

// "impressions, clicks, …": all of them, for a list in SQL.
inline std::string MeasureColumnList() {
  std::string list;
  for (const auto& column : kCountColumns) list += std::string(column.name) + ", ";
  for (const auto& column : kMoneyColumns) list += std::string(column.name) + ", ";
  list.resize(list.size() - 2);
  return list;
}

inline void AddMeasures(Measures& sums, const Measures& other) {
  for (const auto& column : kCountColumns) sums.*column.field += other.*column.field;
  for (const auto& column : kMoneyColumns) sums.*column.field += other.*column.field;
}

}  // namespace adtally
