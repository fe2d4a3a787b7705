#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "event/event.h"

namespace adtally {

// Reads events from JSON objects of any shape, and can say exactly what is wrong with one. Safe on
// any bytes. Not thread-safe; reused, since it keeps its buffers and allocates nothing per event.
class JsonObjectReader {
 public:
  JsonObjectReader();
  ~JsonObjectReader();

  // Reads the event whose JSON is `text`, without white space around it. Returns kNone for a good
  // event, whose views are valid until the next call; the field that is wrong or missing; or
  // kRecord when `text` is not a JSON object. See JsonEventDecoder for what is accepted.
  EventField Read(std::string_view text, Event& event);

  // What is wrong with the text last read, when Read did not return kNone. The text must still be
  // there.
  std::string Problem() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
