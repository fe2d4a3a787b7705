#pragma once

#include <memory>

#include "base/logger.h"

namespace adtally {

// Writes one line an entry to standard error: time in UTC, level, message. Thread-safe.
std::unique_ptr<Logger> MakeConsoleLogger(LogLevel least);

}  // namespace adtally
