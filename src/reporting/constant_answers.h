#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/result.h"
#include "store/statement.h"
#include "store/store.h"

namespace adtally {

// Remembers for a minute what the store answered, in RowBinary, to statements that depend on
// nothing but their parameters, or on what a start of the process made: when the days of a time
// zone begin, when the schema was migrated. Thread-safe.
class ConstantAnswers {
 public:
  Result<std::string> Run(Store& store, const Statement& statement);

 private:
  std::mutex mutex_;  // never held while the store is asked
  int64_t since_us_ = 0;
  std::map<std::string, std::string, std::less<>> answers_;
};

}  // namespace adtally
