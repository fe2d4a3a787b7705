#pragma once

#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "generator/demo_timeline.h"
#include "generator/random.h"
#include "http/client.h"

namespace adtally {

// The demo's visitors: each gets tracking links, loads the impression pixel, and may click some
// seconds later (a few twice), land, and order. A few are robots that say so. All of it through the
// edge's public endpoints. Not thread-safe; the references must outlive it.
class DemoVisitors {
 public:
  DemoVisitors(const DemoTimeline& timeline, std::unique_ptr<http::Client> edge, std::string key,
               double visitors_per_second, const Clock& clock, uint64_t seed);

  // Does what is due by now. An error when the edge does not answer or refuses something; the
  // visitor concerned is dropped, and the next call goes on with the others.
  Result<void> Step();

 private:
  enum class Action { kClick, kOrder };
  struct Plan {
    int64_t due_ms;
    Action action;
    std::string target;  // kClick: the link's path; kOrder: the click_id
    const DemoCampaign* campaign;
    bool robot;
    bool operator>(const Plan& other) const { return due_ms > other.due_ms; }
  };

  Result<void> Arrive(int64_t now_ms);
  Result<void> Click(const Plan& plan, int64_t now_ms);
  Result<void> Order(const Plan& plan);
  // Sends with the visitor's User-Agent and fails unless the status is the expected one.
  Result<http::Response> Expect(int status, std::string_view method, const std::string& target,
                                bool robot);

  const DemoTimeline& timeline_;
  std::unique_ptr<http::Client> edge_;
  const std::string key_;
  const double visitors_per_second_;
  const Clock& clock_;
  Random random_;
  int64_t next_arrival_ms_;
  uint64_t orders_ = 0;
  std::priority_queue<Plan, std::vector<Plan>, std::greater<>> plans_;
};

}  // namespace adtally
