#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/event.h"

namespace adtally {

// Longer events are refused: it bounds what a decoder keeps in memory.
inline constexpr size_t kMaxEventJsonBytes = 64 * 1024;

// Reads the events of a JSON body in order: one object (over several lines too), an array of
// objects, or NDJSON (one object a line; blank lines are skipped, lines end with LF or CRLF).
//
//   ADTALLY_TRY(decoder.Open(body));
//   while (decoder.Next(event, bad_field)) ...
//
// Not thread-safe: one per thread, reused for many bodies, since it keeps its buffers (about 0.5
// MB, whatever the bodies) and so allocates nothing per event.
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
//  - Unknown fields are skipped: of them it is only checked that strings and brackets close and
//  that
//    the text is UTF-8.
//
// One bad line or element costs itself and nothing else, with one exception: where an element's
// brackets or quotes do not close, nothing tells where the next one begins. The elements before it
// count, and its error says that reading stopped there.
class JsonEventDecoder {
 public:
  JsonEventDecoder();
  ~JsonEventDecoder();

  // Starts on a body, which must stay as it is while its events are read. Fails when nothing in it
  // can be read as an event: it is empty, or no line or element is a JSON object. The error then
  // says what is wrong with the first line or element, and Next returns false.
  Result<void> Open(std::string_view body);

  // Decodes the next event into `event`. False at the end of the body.
  // After true, `bad_field` is kNone for a good event, whose views are valid until the next call of
  // Open or Next. Otherwise it is the field that is wrong or missing, or kRecord when the line or
  // element is not a JSON object; what `event` holds then means nothing.
  bool Next(Event& event, EventField& bad_field);

  // Of what Next last returned, from 1: the line in NDJSON, blank ones included; the element in an
  // array; 1 for a single object.
  int line() const;

  // It as it stands in the body; empty where reading an array stopped.
  std::string_view text() const;

  // What is wrong with it: `country: expected two letters, got "USA"`. Only to be asked for when
  // bad_field is not kNone. Composed at each call.
  Error error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Appends `event` as one JSON object on one line, without a line break. What the decoder assumes
// when a field is absent is left out. user_hash is not written: JSON carries the user_id that it
// was made of.
void AppendJson(const Event& event, std::string& out);

}  // namespace adtally
