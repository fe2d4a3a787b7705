#pragma once

#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "base/result.h"
#include "store/store.h"

namespace adtally {

inline constexpr int kMaxLedgerDays = 31;

// The JSON answer of GET /v1/ledger: where every event went, per minute of append time, and the
// totals. `query` is the query string: from and to, in UTC unless they have an offset. Blocks on
// the store.
Result<std::string> RunLedger(Store& store, std::string_view query);

// Writes the fields of the totals of `[from_s, to_s)`, seconds since the epoch, into the object
// that is open. Blocks on the store.
Result<void> WriteLedgerTotals(Store& store, int64_t from_s, int64_t to_s, JsonWriter& json);

}  // namespace adtally
