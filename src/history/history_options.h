#pragma once

#include <cstdint>

#include "base/strong.h"

namespace adtally {

// What history is made of: everything that shapes it. The same options make the same history.
struct HistoryOptions {
  int64_t until_s = 0;      // where it ends, seconds since the epoch: a whole hour
  int64_t days = 730;       // how many whole UTC days before the one that holds its end; at least 1
  int64_t minute_days = 7;  // how many of those are kept by minute, the newest; the others by hour
  uint64_t seed = 1;
  uint32_t campaigns = 1000;  // as in CampaignModel
  uint32_t campaigns_per_advertiser = 20;
  double zipf = 1.3;
  double scale = 1;  // multiplies the number of events

  int64_t today_s() const { return until_s / kSecondsPerDay * kSecondsPerDay; }
  int64_t from_s() const { return today_s() - days * kSecondsPerDay; }
  // Where the rows by minute begin.
  int64_t minute_from_s() const {
    return today_s() - (minute_days < days ? minute_days : days) * kSecondsPerDay;
  }
};

}  // namespace adtally
