#include "counting/click_conversions.h"

namespace adtally {

ClickConversion ClickConversionOf(const Event& event, uint32_t place) {
  Event at_click = event;
  at_click.time = CountedClickTime(event);
  return {DeltaOf(at_click), place};
}

std::vector<ClickConversionRow> ClickConversions::Sorted() {
  std::vector<ClickConversionRow> sorted;
  if (rows_.size() == 0) return sorted;
  for (const MinuteRow& row : rows_.Sorted()) {
    const Measures& m = row.measures;
    sorted.push_back({row.key, m.conversions, m.invalid_conversions, m.conversion_value_micros});
  }
  return sorted;
}

}  // namespace adtally
