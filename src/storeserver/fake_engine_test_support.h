#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "store/sql_engine.h"

namespace adtally {

// Remembers what it was asked and answers as it was told.
class FakeEngine final : public SqlEngine {
 public:
  // A request whose data are copied, since the views end with the call.
  struct Asked {
    SqlRequest request;
    std::string data;
  };

  std::function<SqlOutcome(const SqlRequest&)> answer = [](const SqlRequest&) {
    SqlOutcome outcome;
    outcome.output = "1\n";
    return outcome;
  };

  Result<std::string> Query(std::string_view, const std::vector<SqlParam>&,
                            std::string_view) override {
    return std::string("26.7.2.1\tEtc/UTC\n");
  }
  Result<void> Insert(std::string_view, std::string_view, std::string_view) override { return {}; }

  SqlOutcome Execute(const SqlRequest& request) override {
    Asked asked{request, ""};
    for (std::string_view piece : request.data) asked.data += piece;
    asked.request.data.clear();
    {
      std::lock_guard lock(mutex_);
      asked_.push_back(std::move(asked));
    }
    return answer(request);
  }

  std::vector<Asked> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
};

}  // namespace adtally
