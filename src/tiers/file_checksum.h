#pragma once

#include <string>

#include "base/result.h"

namespace adtally {

// XXH3-128 of a file's bytes, 32 hexadecimal digits. Reads it once, in pieces of a megabyte.
// Errors: kUnavailable.
Result<std::string> ChecksumOfFile(const std::string& path);

}  // namespace adtally
