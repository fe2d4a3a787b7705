#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace adtally {

// An event that could not be counted, as one who looks for its producer needs it.
struct RejectedEvent {
  Partition partition;
  Offset offset;  // of its record
  AppendTime append_time;
  uint64_t number = 0;     // among the events of the record, from 1; in NDJSON its line
  std::string reason;      // one sentence
  std::string_view bytes;  // the event as it stands in the record; all of the record where nothing
                           // tells which part of it the event is
};

// Takes what was rejected, for people to look at: the numbers are in the ledger. Called by the
// threads that count, several at a time, and must not block them.
class RejectedEvents {
 public:
  virtual ~RejectedEvents() = default;

  // Asked before each Add, which costs something to prepare. False when the event has to be left
  // out.
  virtual bool HasRoom() = 0;
  // Copies what it keeps.
  virtual void Add(const RejectedEvent& event) = 0;
};

}  // namespace adtally
