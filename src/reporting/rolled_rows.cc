#include "reporting/rolled_rows.h"

#include <algorithm>

namespace adtally {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

// Whether `generation` is all that is published of the partition.
bool HoldsAll(const TierPartition& partition, Generation generation, int64_t slots) {
  return static_cast<int64_t>(partition.slots.size()) == slots &&
         std::all_of(partition.slots.begin(), partition.slots.end(),
                     [&](const TierSlot& slot) { return slot.generation == generation; });
}

// How many slots of the partition start in [first, last].
int64_t SlotsBetween(uint32_t partition, int64_t first, int64_t last, const SlotGrid& grid) {
  const int64_t begin = grid.first(partition);
  const int64_t end = begin + (grid.slots(partition) - 1) * grid.step;
  return (std::min(end, last) - std::max(begin, first)) / grid.step + 1;
}

void AddSlots(std::span<const ChosenSlot> chosen, RolledRows& rows) {
  for (const ChosenSlot& slot : chosen) {
    rows.slots.emplace_back(slot.start, slot.generation);
    std::string id = PartitionId(slot.partition, slot.generation);
    const bool known =
        std::find(rows.partial.begin(), rows.partial.end(), id) != rows.partial.end();
    if (!known) rows.partial.push_back(std::move(id));
  }
}

}  // namespace

const SlotGrid& HourGrid() {
  static constexpr SlotGrid kGrid{DayStart, [](uint32_t) { return int64_t{24}; }, 3600};
  return kGrid;
}

const SlotGrid& DayGrid() {
  static constexpr SlotGrid kGrid{[](uint32_t month) { return MonthStart(month) / kSecondsPerDay; },
                                  [](uint32_t month) {
                                    return (MonthStart(NextMonth(month)) - MonthStart(month)) /
                                           kSecondsPerDay;
                                  },
                                  1};
  return kGrid;
}

RolledRows RowsOf(std::span<const ChosenSlot> chosen,
                  const std::map<uint32_t, TierPartition>& published, const SlotGrid& grid) {
  RolledRows rows{.first = chosen.front().start, .last = chosen.back().start, .step = grid.step};
  while (!chosen.empty()) {
    const ChosenSlot first = chosen.front();
    const auto end = std::find_if(chosen.begin(), chosen.end(), [&](const ChosenSlot& slot) {
      return slot.partition != first.partition;
    });
    const auto same = chosen.first(static_cast<size_t>(end - chosen.begin()));
    const bool whole =
        HoldsAll(published.at(first.partition), first.generation, grid.slots(first.partition)) &&
        static_cast<int64_t>(same.size()) ==
            SlotsBetween(first.partition, rows.first, rows.last, grid);
    if (whole) {
      rows.whole.push_back(PartitionId(first.partition, first.generation));
    } else {
      AddSlots(same, rows);
    }
    chosen = chosen.subspan(same.size());
  }
  return rows;
}

}  // namespace adtally
