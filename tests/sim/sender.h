#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "sim/mishaps.h"
#include "testing/manual_clock.h"
#include "testing/random_log.h"

namespace adtally {

// Who sends events to the log: the edge and the clients behind it. What is not acknowledged is sent
// again, in other company and order, under the same event ids.
class Sender {
 public:
  // What a request's records hold, by their payload.
  using Items = std::vector<RandomLog::Item>;

  // All outlive the object. The clock is set to each request's time.
  Sender(uint64_t seed, EventLog& log, ManualClock& clock, Mishaps& mishaps);

  // Sends new events.
  void Send();
  // Sends something again that was not acknowledged, if there is any.
  void SendAgain();

  int sent() const { return sent_; }
  bool all_acknowledged() const { return unacknowledged_.empty(); }
  // The event ids whose sender was told that they are durable.
  const std::set<std::string>& acknowledged() const { return acknowledged_; }
  // What was put into a record with this payload.
  const Items& ItemsOf(std::string_view payload) const;

  // The log was put back to an earlier time and holds these ids: what was acknowledged since is
  // lost, as the one who did it knows.
  void LogWasRestored(const std::set<std::string>& in_log);

  // Planted bug: a request that failed counts as acknowledged.
  void TrustFailures() { trusts_failures_ = true; }

 private:
  void Request(Items items);
  // True when the log said that it is durable.
  bool Append(std::vector<EventLog::Append> appends);

  EventLog& log_;
  ManualClock& clock_;
  Mishaps& mishaps_;
  RandomLog traffic_;
  int sent_ = 0;
  int64_t clock_skew_ms_ = 0;
  bool trusts_failures_ = false;
  std::vector<Items> unacknowledged_;
  std::set<std::string> acknowledged_;
  std::map<std::string, Items, std::less<>> items_by_payload_;
};

}  // namespace adtally
