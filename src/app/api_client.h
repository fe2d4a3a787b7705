#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally {

// A running adtally, reached over HTTP.
struct ApiTarget {
  std::string origin;  // "http://127.0.0.1:8081"
  std::string key;     // empty: the one in DATA/admin.key
  std::string data_dir = "adtally-data";
  int timeout_ms = 30'000;
};

// Makes one call and returns the body of the answer. kUnavailable when it is not a success, with
// what the answer says; kNotFound when there is no key.
Result<std::string> CallApi(const ApiTarget& target, std::string_view method, std::string_view path,
                            std::string_view body = {});

}  // namespace adtally
