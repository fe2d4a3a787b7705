#pragma once

#include <cstdint>

#include "event/event.h"

namespace adtally {

// How much more traffic there is at a time than at the beginning of history: growth from year to
// year, peaks before Christmas and a quiet summer, weekdays and weekends. 1 is an average day of
// the beginning.
double Trend(int64_t at_s, int64_t history_from_s);

// How busy an hour of the day is, by the wall clock of those who see the ads: 1 on average.
double HourOfDay(int local_hour);
// The largest value of HourOfDay.
double BusiestHour();

// Hours east of UTC of the wall clock of most people in a country, in winter: the daily pattern
// does not need it more exactly. `fallback` for an unknown country.
int HoursEastOfUtc(const CountryCode& country, int fallback);

}  // namespace adtally
