#pragma once

#include "base/result.h"
#include "history/history_options.h"
#include "store/store.h"

namespace adtally {

// Writes the conversions of a history that is complete once more, by the time of their click: in
// this past everybody converts in the hour, or the minute, of the click.
Result<void> WriteClicks(Store& store, const HistoryOptions& options);

}  // namespace adtally
