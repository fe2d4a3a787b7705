#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "reporting/report_plan.h"
#include "tiers/tier_status.h"

namespace adtally {

// An hour or a day that a plan reads from its rollup.
struct ChosenSlot {
  int64_t start = 0;  // as in RolledRows
  uint32_t partition = 0;
  Generation generation = 0;
};

// How the slots of a tier lie in its partitions.
struct SlotGrid {
  int64_t (*first)(uint32_t partition);  // where the partition's first slot starts
  int64_t (*slots)(uint32_t partition);  // how many there are
  int64_t step;                          // from one to the next
};
const SlotGrid& HourGrid();  // hours of a UTC day
const SlotGrid& DayGrid();   // days of a month

// The rows of these slots, which are ascending and at least one: by whole partitions wherever one
// generation holds the whole of a partition and no other of its slots between the first and the
// last is left out.
RolledRows RowsOf(std::span<const ChosenSlot> chosen,
                  const std::map<uint32_t, TierPartition>& published, const SlotGrid& grid);

}  // namespace adtally
