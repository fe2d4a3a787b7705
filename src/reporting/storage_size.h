#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reporting/storage.h"
#include "store/store.h"

namespace adtally {

struct KeptSize {
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t files = 0;  // of tables: parts
};

// What there is of each kind.
struct StorageSize {
  KeptSize minute, hour, day, reach, click_conversion, ledger, other;
  KeptSize archive;  // of the months that are published
  KeptSize log;      // rows: unknown
  uint64_t events = 0;
  // Minutes and hours of the same time, of which both are kept.
  uint64_t compared_minute_rows = 0;
  uint64_t compared_hour_rows = 0;

  uint64_t StoreBytes() const {
    return minute.bytes + hour.bytes + day.bytes + reach.bytes + click_conversion.bytes +
           ledger.bytes + other.bytes;
  }
};

Result<StorageSize> MeasureStorage(Store& store, const StorageSources& sources);

}  // namespace adtally
