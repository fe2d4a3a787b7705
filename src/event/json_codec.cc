#include "event/json_codec.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "event/json_framing.h"
#include "event/json_object_reader.h"
#include "event/plain_json.h"

namespace adtally {

struct JsonEventDecoder::Impl {
  JsonFramer framer{{}};
  JsonFramer::Document document;
  JsonObjectReader reader;
  EventField bad_field = EventField::kNone;

  // The event that Open had to read to find out whether there is one; Next hands it out first.
  bool opened_on_event = false;
  Event first_event;

  // The end of a body, with room behind it for what the reader of plain events looks at.
  static constexpr size_t kTailBytes = 512;
  char tail[kTailBytes + kPlainJsonSlack];

  // A sender whose events are not plain sends many of them. After a few in a row trying each first
  // would be a waste: then only one in kTryEvery is tried.
  static constexpr int kMissesInARow = 4;
  static constexpr int kTryEvery = 16;
  int misses = 0;
  int untried = 0;

  bool Read(Event& event);
  bool TryPlain(Event& event);
  bool ReadPlain(Event& event);
  std::string Problem() const {
    return document.broken.empty() ? reader.Problem() : std::string(document.broken);
  }
};

// The usual case: an event without anything that needs a real JSON parser, read where it stands and
// framed by where its object ends.
bool JsonEventDecoder::Impl::ReadPlain(Event& event) {
  std::string_view ahead = framer.Ahead();
  if (ahead.empty()) return false;
  const char* const at = ahead.data();
  if (ahead.size() <= kTailBytes) {
    std::memcpy(tail, ahead.data(), ahead.size());
    std::memset(tail + ahead.size(), 0, kPlainJsonSlack);
    ahead = {tail, ahead.size() + kPlainJsonSlack};
  }
  const size_t size = ReadPlainJsonEvent(ahead, event);
  document.text = {at, size};
  return size > 0 && framer.Take(size);
}

bool JsonEventDecoder::Impl::TryPlain(Event& event) {
  if (misses >= kMissesInARow && ++untried < kTryEvery) return false;
  untried = 0;
  const bool plain = ReadPlain(event);
  misses = plain ? 0 : std::min(misses + 1, kMissesInARow);
  return plain;
}

bool JsonEventDecoder::Impl::Read(Event& event) {
  if (TryPlain(event)) {
    bad_field = EventField::kNone;
    return true;
  }
  if (!framer.Next(document)) return false;
  bad_field = document.broken.empty() ? reader.Read(document.text, event) : EventField::kRecord;
  return true;
}

JsonEventDecoder::JsonEventDecoder() : impl_(std::make_unique<Impl>()) {}
JsonEventDecoder::~JsonEventDecoder() = default;

Result<void> JsonEventDecoder::Open(std::string_view body) {
  Impl& impl = *impl_;
  impl.framer = JsonFramer(body);
  impl.opened_on_event = false;
  // Nothing is reported before the first JSON object was seen, since without one the whole body
  // fails. What came before it is then read a second time.
  std::string first_problem;
  while (impl.Read(impl.first_event)) {
    if (impl.bad_field != EventField::kRecord) {
      impl.opened_on_event = first_problem.empty();
      if (!impl.opened_on_event) impl.framer.Rewind();
      return {};
    }
    if (first_problem.empty()) {
      first_problem = "at " + std::to_string(line()) + ": " + impl.Problem();
    }
  }
  if (first_problem.empty()) first_problem = "there is none";
  return Error{ErrorCode::kInvalidArgument, "no event can be read from the body: " + first_problem};
}

bool JsonEventDecoder::Next(Event& event, EventField& bad_field) {
  Impl& impl = *impl_;
  if (impl.opened_on_event) {
    impl.opened_on_event = false;
    event = impl.first_event;
  } else if (!impl.Read(event)) {
    return false;
  }
  bad_field = impl.bad_field;
  return true;
}

int JsonEventDecoder::line() const {
  return impl_->framer.number();
}

std::string_view JsonEventDecoder::text() const {
  return impl_->document.text;
}

Error JsonEventDecoder::error() const {
  return {ErrorCode::kInvalidArgument, impl_->Problem()};
}

}  // namespace adtally
