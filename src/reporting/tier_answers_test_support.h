#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reporting/report_oracle_test_support.h"
#include "reporting/tier_world_test_support.h"

// For tests: which reports the tiers can answer, looked at minute by minute.
namespace adtally::report_oracle {

inline bool IsPublishedDay(const TierWorld& world, const Question& question, int64_t day) {
  const auto start = [&](int64_t date) {
    const int64_t midnight_s = date * kDayS;
    return midnight_s - OffsetOf(question.zone, midnight_s - OffsetOf(question.zone, midnight_s));
  };
  return world.HasDay(day) && start(day) >= question.from_s && start(day + 1) <= question.to_s;
}

inline std::optional<int64_t> FirstDay(const TierWorld& world, const Question& question) {
  for (const int64_t day : world.days()) {
    if (IsPublishedDay(world, question, day)) return day;
  }
  return std::nullopt;
}

inline bool DayCovers(const TierWorld& world, const Question& question, uint32_t advertiser,
                      int64_t minute_s, std::optional<int64_t> first_day) {
  if (question.granularity != Granularity::kDay && question.granularity != Granularity::kTotal) {
    return false;
  }
  const Account& account = world.accounts().at(advertiser);
  return first_day && account.zone == question.zone && account.from_day <= *first_day &&
         IsPublishedDay(world, question, LocalDay(question.zone, minute_s));
}

// Whether the report selects rows of the advertiser that are kept for the whole hour only.
inline bool HasWholeRow(const TierWorld& world, const Question& question,
                        std::optional<uint32_t> advertiser, int64_t hour_s) {
  Question hour = question;
  hour.from_s = hour_s;
  hour.to_s = hour_s + kHourS;
  return std::any_of(world.rows().begin(), world.rows().end(), [&](const Row& row) {
    return Selected(hour, row) && (!advertiser || row.ids[0] == *advertiser) &&
           !world.InQuarters(row.ids[0], hour_s);
  });
}

inline bool CanAnswerHour(const TierWorld& world, const Question& question,
                          std::optional<uint32_t> advertiser, int64_t hour_s,
                          std::optional<int64_t> first_day) {
  std::set<int64_t> needed;
  for (int64_t at = hour_s; at < hour_s + kHourS; at += 60) {
    if (at < question.from_s || at >= question.to_s) continue;
    if (!advertiser || !DayCovers(world, question, *advertiser, at, first_day)) needed.insert(at);
  }
  if (needed.empty() || hour_s >= world.minute_floor_s()) return true;
  if (question.granularity == Granularity::kMinute) return false;
  if (!world.IsRolled(hour_s)) return hour_s >= world.gone_before_s();
  for (const int64_t at : needed) {
    for (int64_t other = Floor(at, 900); other < Floor(at, 900) + 900; other += 60) {
      if (!needed.contains(other)) return false;
    }
  }
  const auto bucket = [&](int64_t at) {
    return BucketStart(question.granularity, question.zone, at);
  };
  const bool divided = needed.size() < 60 || bucket(hour_s) != bucket(hour_s + kHourS - 60);
  return !divided || !HasWholeRow(world, question, advertiser, hour_s);
}

// Whether the tiers must answer, by the rules that the API states, hour by hour and advertiser by
// advertiser.
inline bool CanAnswer(const TierWorld& world, const Question& question) {
  const auto first_day = FirstDay(world, question);
  std::vector<std::optional<uint32_t>> advertisers;
  const auto named = question.filters.find(0);
  for (const auto& [id, account] : world.accounts()) {
    if (named == question.filters.end() || named->second.contains(std::to_string(id))) {
      advertisers.emplace_back(id);
    }
  }
  if (advertisers.empty()) advertisers.emplace_back();  // of whom nothing is known
  for (const auto& advertiser : advertisers) {
    for (int64_t at = Floor(question.from_s, kHourS); at < question.to_s; at += kHourS) {
      if (!CanAnswerHour(world, question, advertiser, at, first_day)) return false;
    }
  }
  return true;
}

}  // namespace adtally::report_oracle
