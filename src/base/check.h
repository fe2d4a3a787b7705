#pragma once

#include <string_view>

namespace adtally {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view message);

// A programmer's mistake: stays on in release, prints the place and aborts.
#define ADTALLY_CHECK(condition, message)                                \
  do {                                                                   \
    if (!(condition)) [[unlikely]] {                                     \
      ::adtally::CheckFailed(__FILE__, __LINE__, #condition, (message)); \
    }                                                                    \
  } while (false)

}  // namespace adtally
