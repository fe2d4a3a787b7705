#pragma once

#include "aggregator/checkpoint_store.h"
#include "base/result.h"
#include "log/event_log.h"

namespace adtally {

// Ties the store to the log on first use, and from then on refuses another log, or an older copy of
// the same one: with offsets that mean other records, events would be left out or counted again.
// Call before anything is appended. kConflict with a sentence for the operator.
Result<void> BindLog(EventLog& log, CheckpointStore& store);

}  // namespace adtally
