#include "app/command_support.h"

#include <fmt/format.h>

#include <cstdio>

namespace adtally {

int Fail(const Error& error) {
  fmt::print(stderr, "adtally: {}\n", error.message);
  return error.code == ErrorCode::kInvalidArgument ? kExitWrongUse : kExitFailed;
}

}  // namespace adtally
