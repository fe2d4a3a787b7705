#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "maintenance/archive_storage.h"
#include "store/store.h"

namespace adtally {

struct ArchiveOptions {
  uint64_t file_rows = 50'000'000;  // of one file, unless one advertiser has more
  int64_t hour_days = 90;           // retention.hour_days: how long hours stay in the store
  int64_t day_days = 730;           // retention.day_days: how long they stay in the archive
  // No other process reads or writes, and no thread reads: what is not needed is removed at once.
  bool alone = false;
};

// How far a pass is, after each file.
struct ArchiveProgress {
  uint32_t month = 0;         // the one that is written
  uint64_t month_number = 0;  // which one it is of this pass, from 1
  uint64_t months = 0;        // of this pass
  uint64_t rows = 0;          // of the month, written and checked
  uint64_t month_rows = 0;    // all of it
  uint64_t bytes = 0;         // of the month's files
};

// What the steps of a pass work with; everything outlives them. A step looks at `stop` between its
// statements and ends early, in good order, when a stop is requested.
struct ArchivePass {
  Store& store;
  ArchiveStorage& storage;
  const Clock& clock;
  const ArchiveOptions& options;
  std::stop_token stop = {};
  std::function<void(const ArchiveProgress&)> progress = {};  // may be empty

  bool stopped() const { return stop.stop_requested(); }
};

}  // namespace adtally
