#pragma once

#include <string>

namespace adtally {

// A random UUID (version 4) in its 36-character form, from the system's entropy.
std::string RandomUuid();

}  // namespace adtally
