#include "maintenance/maintenance_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/json_writer.h"
#include "base/rfc3339.h"

namespace adtally {
namespace {

using Summary = MaintenanceSummary;

constexpr Summary::Counter kCounters[] = {
    {"hours_rolled_up", [](Summary& s) -> uint64_t& { return s.hours.hours; }},
    {"hours_final", [](Summary& s) -> uint64_t& { return s.hours.finals; }},
    {"hours_changed_meanwhile", [](Summary& s) -> uint64_t& { return s.hours.changed_meanwhile; }},
    {"hour_days_compacted", [](Summary& s) -> uint64_t& { return s.hours.compacted_days; }},
    {"days_rolled_up", [](Summary& s) -> uint64_t& { return s.days.days; }},
    {"days_changed_meanwhile", [](Summary& s) -> uint64_t& { return s.days.changed_meanwhile; }},
    {"day_months_compacted", [](Summary& s) -> uint64_t& { return s.days.compacted_months; }},
    {"day_months_dropped", [](Summary& s) -> uint64_t& { return s.day_months_dropped; }},
    {"reach_days_rolled_up", [](Summary& s) -> uint64_t& { return s.reach.days; }},
    {"reach_days_changed_meanwhile",
     [](Summary& s) -> uint64_t& { return s.reach.changed_meanwhile; }},
    {"reach_months_compacted", [](Summary& s) -> uint64_t& { return s.reach.compacted_months; }},
    {"reach_months_dropped", [](Summary& s) -> uint64_t& { return s.reach_months_dropped; }},
    {"reach_quarter_days_dropped",
     [](Summary& s) -> uint64_t& { return s.reach_quarter_days_dropped; }},
    {"click_conversion_months_dropped",
     [](Summary& s) -> uint64_t& { return s.click_months_dropped; }},
    {"minute_hours_dropped", [](Summary& s) -> uint64_t& { return s.minute_hours_dropped; }},
    {"generations_dropped", [](Summary& s) -> uint64_t& { return s.generations_dropped; }},
};

std::string TimeText(int64_t utc_s) {
  return FormatRfc3339(utc_s, std::nullopt);
}

}  // namespace

std::span<const Summary::Counter> Summary::counters() {
  return kCounters;
}

bool Summary::did_something() const {
  Summary copy = *this;
  return std::ranges::any_of(kCounters, [&](const Counter& c) { return c.value(copy) != 0; });
}

void Summary::Add(Summary later) {
  for (const Counter& counter : kCounters) counter.value(*this) += counter.value(later);
  if (later.hours.rolled_to_s) hours.rolled_to_s = later.hours.rolled_to_s;
  std::ranges::move(later.problems, std::back_inserter(problems));
}

std::string Summary::text() const {
  std::string text = fmt::format("minute: {} hours dropped\n", minute_hours_dropped);
  text += fmt::format("hour: {} hours rolled up, {} found final, {} days compacted", hours.hours,
                      hours.finals, hours.compacted_days);
  if (hours.rolled_to_s) text += "; rolled up to " + TimeText(*hours.rolled_to_s);
  text += fmt::format("\nday: {} days rolled up, {} months compacted, {} months dropped\n",
                      days.days, days.compacted_months, day_months_dropped);
  text += fmt::format(
      "reach: {} days rolled up, {} months compacted, {} months and {} days of quarters dropped\n",
      reach.days, reach.compacted_months, reach_months_dropped, reach_quarter_days_dropped);
  text += fmt::format("click_conversion: {} months dropped\n", click_months_dropped);
  return text;
}

std::string Summary::json() const {
  Summary copy = *this;
  JsonWriter json;
  json.BeginObject();
  for (const Counter& counter : kCounters) {
    json.Key(counter.name);
    json.UInt(counter.value(copy));
  }
  json.Key("rolled_up_to");
  if (hours.rolled_to_s) {
    json.String(TimeText(*hours.rolled_to_s));
  } else {
    json.Null();
  }
  json.Key("problems");
  json.BeginArray();
  for (const std::string& problem : problems) json.String(problem);
  json.EndArray();
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
