#include "maintenance/hour_rows.h"

#include <algorithm>
#include <charconv>

#include "maintenance/maintenance_pass.h"
#include "store/row_binary_reader.h"

namespace adtally {
namespace {

std::string Time(int64_t utc_s) {
  return "toDateTime(" + std::to_string(utc_s) + ", 'UTC')";
}

std::string Between(std::string_view column, int64_t from_s, int64_t to_s) {
  const std::string name(column);
  return name + " >= " + Time(from_s) + " AND " + name + " < " + Time(to_s);
}

std::string HourRange(uint32_t day, Generation generation, int64_t from_s, int64_t to_s) {
  return "(_partition_id = '" + PartitionId(day, generation) + "' AND " +
         Between("hour", from_s, to_s) + ")";
}

uint8_t HourOfDay(int64_t hour_s) {
  return static_cast<uint8_t>(hour_s % kDayS / kHourS);
}

}  // namespace

std::string MinuteRows(int64_t hour_s) {
  return "adtally.minute WHERE " + Between("minute", hour_s, hour_s + kHourS) +
         " AND advertiser_id != 0";
}

std::string HourRows(Generation generation, int64_t hour_s) {
  return "adtally.hour WHERE " + HourRange(DayNumber(hour_s), generation, hour_s, hour_s + kHourS);
}

const TierSlot* FindHour(const HourStatus& status, int64_t hour_s) {
  const auto day = status.find(DayNumber(hour_s));
  return day == status.end() ? nullptr : day->second.Find(HourOfDay(hour_s));
}

std::string PublishedHourRows(const HourStatus& status, int64_t from_s, int64_t to_s) {
  std::string ranges;
  for (int64_t at = from_s; at < to_s;) {
    const TierSlot* first = FindHour(status, at);
    int64_t end = at + kHourS;
    // Neighbours of one generation are one range.
    while (first != nullptr && end < to_s && end % kDayS != 0) {
      const TierSlot* next = FindHour(status, end);
      if (next == nullptr || next->generation != first->generation) break;
      end += kHourS;
    }
    if (first != nullptr) {
      ranges +=
          (ranges.empty() ? "" : " OR ") + HourRange(DayNumber(at), first->generation, at, end);
    }
    at = end;
  }
  return "adtally.hour WHERE (" + (ranges.empty() ? "0" : ranges) + ")";
}

Result<std::vector<int64_t>> MinutePartitions(Store& store) {
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(store,
                              {"SELECT _partition_id, count() FROM adtally.minute GROUP BY "
                               "_partition_id",
                               {}},
                              "RowBinary"));
  std::vector<int64_t> hours;
  RowBinaryReader reader(answer);
  while (!reader.done()) {
    const std::string id = reader.String();
    reader.UInt64();
    uint32_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    hours.push_back(DayStart(number / 100) + int64_t{number % 100} * kHourS);
  }
  if (!reader.ok()) {
    return Error{ErrorCode::kInternal, "the store's answer about adtally.minute cannot be read"};
  }
  std::ranges::sort(hours);
  return hours;
}

std::string MinutePartitionId(int64_t hour_s) {
  return std::to_string(DayNumber(hour_s) * 100 + HourOfDay(hour_s));
}

}  // namespace adtally
