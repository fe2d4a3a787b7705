#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/event.h"

namespace adtally {

// Longer events are refused: it bounds what a decoder keeps in memory.
inline constexpr size_t kMaxEventJsonBytes = 64 * 1024;

// Decodes events from JSON: one object (over several lines too), an array of objects, or NDJSON
// (one object a line; blank lines are skipped, lines end with LF or CRLF). Not thread-safe: one per
// thread, reused, since it keeps its buffers (about 0.5 MB, whatever the bodies).
//
// What an event may and must hold:
//  - event_id, type, timestamp, advertiser_id, campaign_id, ad_group_id and creative_id are
//    required. Only a conversion with a click_id may leave the four ids out, all of them: the event
//    then has ids of 0, see IdsComeFromClick.
//  - timestamp and click_time are milliseconds since the Unix epoch, or RFC 3339 text.
//  - device (default other), country, region, cost_micros, value_micros, order_id, click_id,
//    user_id (only its hash is kept), click_time and invalid_reason are optional.
//  - A field that is null counts as absent. Of a field given twice the last counts, but each must
//    be valid.
//  - Unknown fields are skipped: inside their values only strings, brackets and UTF-8 are checked.
class JsonEventDecoder {
 public:
  JsonEventDecoder();
  ~JsonEventDecoder();

  // Called once per event, in order. `line` counts from 1: the line in NDJSON, blank ones included;
  // the element in an array; 1 for a single object. A good event's views are valid during the call
  // only. An error names the field and what was found: `country: expected two letters, got "USA"`.
  using OnEvent = std::function<void(int line, const Event& event)>;
  using OnError = std::function<void(int line, Error error)>;

  // Decodes a whole body. One bad line or element costs itself and nothing else, with one
  // exception: where an element's brackets or quotes do not close, nothing tells where the next one
  // begins. The elements before it count, and its error says that reading stopped there. Fails only
  // when nothing in the body can be read as an event: it is empty, or no line or element is a JSON
  // object. Then neither callback was called, and the error says what is wrong with the first line
  // or element.
  Result<void> Decode(std::string_view body, const OnEvent& on_event, const OnError& on_error);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Appends `event` as one JSON object on one line, without a line break. What the decoder assumes
// when a field is absent is left out. user_hash is not written: JSON carries the user_id that it
// was made of.
void AppendJson(const Event& event, std::string& out);

}  // namespace adtally
