#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/strong.h"
#include "reporting/report_oracle_test_support.h"

// Comparisons by the oracle: two reports of their own, and their rows joined one by one.
namespace adtally::report_oracle {

inline bool IsMidnight(const Question& question, int64_t utc_s) {
  return BucketStart(Granularity::kDay, question.zone, utc_s) == utc_s;
}

inline bool ByCalendar(const Question& question) {
  return question.compare_to == "previous_year" ||
         (IsMidnight(question, question.from_s) && IsMidnight(question, question.to_s));
}

inline int64_t YearBefore(const std::string& zone, int64_t utc_s, bool is_end) {
  namespace chrono = std::chrono;
  const int64_t wall_s = WallOf(zone, utc_s);
  const chrono::sys_days today =
      chrono::floor<chrono::days>(chrono::sys_seconds(chrono::seconds(wall_s)));
  const chrono::year_month_day date(today);
  chrono::year_month_day before = (date.year() - chrono::years(1)) / date.month() / date.day();
  if (!before.ok()) {
    before = is_end && wall_s % kSecondsPerDay == 0 ? before.year() / chrono::March / 1
                                                    : before.year() / chrono::February / 28;
  }
  const int64_t day_s = chrono::sys_seconds(chrono::sys_days(before)).time_since_epoch().count();
  return UtcOf(zone, day_s + wall_s % kSecondsPerDay, true);
}

// The same question about the range that it is compared with.
inline Question ComparedQuestion(const Question& question) {
  Question compared = question;
  compared.compare_to.clear();
  if (question.compare_to == "previous_year") {
    compared.from_s = YearBefore(question.zone, question.from_s, false);
    compared.to_s = YearBefore(question.zone, question.to_s, true);
    return compared;
  }
  compared.to_s = question.from_s;
  if (!ByCalendar(question)) {
    compared.from_s = 2 * question.from_s - question.to_s;
    return compared;
  }
  compared.from_s = question.from_s;
  for (int64_t day_s = question.from_s; day_s < question.to_s;) {
    compared.from_s = BucketStart(Granularity::kDay, question.zone, compared.from_s - 1);
    // Noon of the day after, whose day may have any length.
    day_s = BucketStart(Granularity::kDay, question.zone, day_s + kSecondsPerDay * 3 / 2);
  }
  return compared;
}

// Where a bucket of the compared range stands in the other one.
inline int64_t Moved(const Question& question, const Question& compared, int64_t bucket_s) {
  const auto bucket = [&](int64_t utc_s) {
    return BucketStart(question.granularity, question.zone, utc_s);
  };
  const auto day = [&](int64_t utc_s) { return WallOf(question.zone, utc_s) / kSecondsPerDay; };
  if (question.granularity == Granularity::kTotal) return 0;
  if (question.granularity != Granularity::kDay && !ByCalendar(question)) {
    return bucket(bucket_s + bucket(question.from_s) - bucket(compared.from_s));
  }
  const int64_t days = day(question.from_s) - day(compared.from_s);
  return bucket(
      UtcOf(question.zone, WallOf(question.zone, bucket_s) + days * kSecondsPerDay, false));
}

inline Expected AnswerComparison(const Question& question, std::span<const Row> rows) {
  const Question compared = ComparedQuestion(question);
  std::map<Cells, std::array<Sums, 2>> sums;
  std::array<Sums, 2> totals;
  if (question.granularity == Granularity::kTotal && question.groups.empty()) sums[{}] = {};
  for (const Row& row : rows) {
    if (Selected(question, row)) {
      sums[Keys(question, row)][0].Add(row);
      totals[0].Add(row);
    }
    if (!Selected(compared, row)) continue;
    Cells keys = Keys(compared, row);
    if (question.granularity != Granularity::kTotal) {
      keys.front() = Moved(question, compared, std::get<int64_t>(keys.front()));
    }
    sums[keys][1].Add(row);
    totals[1].Add(row);
  }
  Expected expected;
  for (const auto& [keys, both] : sums) {
    expected.rows.push_back(keys);
    for (const Sums& sum : both) AddMetrics(question, sum, expected.rows.back());
  }
  AddMetrics(question, totals[0], expected.totals);
  AddMetrics(question, totals[1], expected.previous_totals);
  expected.previous_range = {
      .from_s = compared.from_s, .to_s = compared.to_s, .from_offset_s = {}, .to_offset_s = {}};
  Sort(question, expected.rows);
  return expected;
}

}  // namespace adtally::report_oracle
