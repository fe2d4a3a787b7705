#include "history/traffic_pattern.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/strong.h"

namespace adtally {
namespace {

constexpr double kDaysPerYear = 365.2425;
constexpr double kGrowthPerYear = 1.4;

// From Monday on.
constexpr std::array<double, 7> kWeek = {1.03, 1.06, 1.07, 1.06, 1.02, 0.90, 0.86};
constexpr std::array<double, 24> kDay = {0.45, 0.30, 0.22, 0.18, 0.18, 0.25, 0.45, 0.85,
                                         1.05, 1.15, 1.20, 1.25, 1.35, 1.30, 1.20, 1.20,
                                         1.25, 1.25, 1.45, 1.65, 1.85, 1.80, 1.35, 0.82};

// A bell around a part of the year, 1 in its middle.
double Bell(double part_of_year, double middle, double width) {
  double distance = std::abs(part_of_year - middle);
  distance = std::min(distance, 1 - distance) / width;
  return std::exp(-0.5 * distance * distance);
}

double Season(double days_since_epoch) {
  const double years = days_since_epoch / kDaysPerYear;
  const double part = years - std::floor(years);
  return 1 + 0.55 * Bell(part, 0.906, 0.014) + 0.35 * Bell(part, 0.955, 0.03) -
         0.15 * Bell(part, 0.58, 0.07);
}

}  // namespace

double Trend(int64_t at_s, int64_t history_from_s) {
  const int64_t day = at_s / kSecondsPerDay;
  const double years = static_cast<double>(at_s - history_from_s) / (kDaysPerYear * kSecondsPerDay);
  const auto weekday = static_cast<size_t>((day + 3) % 7);  // the epoch was a Thursday
  return std::pow(kGrowthPerYear, years) * Season(static_cast<double>(day)) * kWeek[weekday];
}

double HourOfDay(int local_hour) {
  return kDay[static_cast<size_t>((local_hour % 24 + 24) % 24)];
}

double BusiestHour() {
  return *std::max_element(kDay.begin(), kDay.end());
}

int HoursEastOfUtc(const CountryCode& country, int fallback) {
  constexpr std::array<std::pair<std::string_view, int>, 15> kCountries = {{
      {"US", -6},
      {"CA", -5},
      {"BR", -3},
      {"GB", 0},
      {"DE", 1},
      {"FR", 1},
      {"ES", 1},
      {"IT", 1},
      {"NL", 1},
      {"PL", 1},
      {"SE", 1},
      {"AT", 1},
      {"IN", 5},
      {"JP", 9},
      {"AU", 10},
  }};
  for (const auto& [code, hours] : kCountries) {
    if (code == country.view()) return hours;
  }
  return fallback;
}

}  // namespace adtally
