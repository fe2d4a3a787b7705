// EventBatchReader and AppendToBatch against Google's libprotobuf. What libprotobuf reads decides;
// where the two may differ is listed at the comparison, each with its reason.
#include <string>
#include <string_view>
#include <vector>

#include "adtally/v1/event.pb.h"
#include "adtally/wide/event.pb.h"
#include "base/check.h"
#include "event/protobuf_codec.h"
#include "fuzz/canary.h"
#include "fuzz/expected_event.h"
#include "fuzz/wire_format.h"

namespace adtally::fuzz {
namespace {

// What EventBatchReader said, one a call of Next.
struct ReadEvent {
  EventField bad;
  ExpectedEvent event;
};
struct ReadBatch {
  std::vector<ReadEvent> events;
  bool broken = false;
};

void RequireInside(std::string_view part, std::string_view whole) {
  if (part.empty()) return;
  ADTALLY_CHECK(
      part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size(),
      "a view of an event points out of the batch");
}

ReadBatch Read(std::string_view batch) {
  ReadBatch read;
  EventBatchReader reader(batch);
  Event event;
  EventField bad = EventField::kNone;
  while (reader.Next(event, bad)) {
    ADTALLY_CHECK(!read.broken, "something was read after the batch broke off");
    read.broken = reader.broken();
    ADTALLY_CHECK(!read.broken || bad == EventField::kRecord, "broken, but not at this event");
    for (const std::string_view text : {event.event_id, event.order_id, event.click_id}) {
      RequireInside(text, batch);
    }
    read.events.push_back({bad, CopyOf(event)});
    PlantBug(read.events.back().event);
  }
  ADTALLY_CHECK(!reader.Next(event, bad), "the end of the batch was not the end");
  ADTALLY_CHECK(reader.broken() == read.broken, "broken() changed at the end");
  return read;
}

// wide::Event is Event with `string` and 32-bit fields and enums widened to `bytes` and uint64: the
// same bytes on the wire, but libprotobuf then shows what they hold before it checks UTF-8 or cuts.
// v1::Event differs in just that:
//  - a proto3 `string` that is not UTF-8 makes libprotobuf refuse the whole batch. Ours keeps such
//    an event: event.h asks for bytes, and neither a hash nor a comparison needs more;
//  - a varint of more than 32 bits is cut by libprotobuf. Ours refuses the event: a number is never
//    cut to a good one.
// `Message` is either.
template <class Message>
ExpectedEvent ExpectedFrom(const Message& message) {
  ExpectedEvent event;
  event.event_id = message.event_id();
  event.type = static_cast<uint64_t>(message.type());
  event.time_ms = message.timestamp_ms();
  event.advertiser_id = message.advertiser_id();
  event.campaign_id = message.campaign_id();
  event.ad_group_id = message.ad_group_id();
  event.creative_id = message.creative_id();
  event.device = static_cast<uint64_t>(message.device());
  event.country = message.country();
  event.region = message.region();
  event.cost_micros = message.cost_micros();
  event.value_micros = message.value_micros();
  event.click_id = message.click_id();
  event.order_id = message.order_id();
  // event.proto: a user_id comes from producers only and is hashed on entry, so it is the fresher.
  event.user_hash = message.user_id().empty() ? message.user_hash() : UserHash(message.user_id());
  event.click_time_ms = message.click_time_ms();
  event.invalid_reason = static_cast<uint64_t>(message.invalid_reason());
  return event;
}

template <class Message>
bool Parse(std::string_view bytes, Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

bool IsStringField(const WireField& field) {
  if (field.type != WireType::kBytes) return false;
  switch (field.number) {
    case 1:
    case 9:
    case 10:
    case 12:
    case 13:
    case 15:
      return true;
    default:
      return false;
  }
}

// Whether v1::Event takes the texts of `message`, those that a later field overwrites included.
bool HasUtf8Strings(const WireMessage& message) {
  for (const WireField& field : message.fields) {
    if (IsStringField(field) && !IsUtf8(field.value)) return false;
  }
  return true;
}

// Compares how both read the bytes of one event.
//
// Where ours and libprotobuf differ on purpose:
//  - groups: libprotobuf skips unknown ones. proto3 has no syntax for them and no field of ours was
//    ever one; ours calls the event broken;
//  - a tag of more than 32 bits in 5 bytes is cut by libprotobuf to another field's. Ours calls the
//    event broken;
//  - tags and lengths that are padded to more than 5 bytes are valid varints. libprotobuf refuses
//    them, ours reads them: so they are compared in their short form.
void CompareEvent(std::string_view bytes, const ReadEvent& ours) {
  const WireMessage wire = ReadWireMessage(bytes);
  wide::Event theirs;
  if (wire.end == WireEnd::kWhole) {
    ADTALLY_CHECK(wire.padded || Parse(bytes, theirs), "libprotobuf refuses what is well-formed");
    const std::string canonical = wire.Canonical();
    ADTALLY_CHECK(Parse(canonical, theirs), "libprotobuf refuses the canonical form");
    const ExpectedEvent expected = ExpectedFrom(theirs);
    const EventField wrong = WrongFields(expected).First();
    if (ours.bad != wrong) {
      ADTALLY_CHECK(false, std::string("expected bad field ") + std::string(EventFieldName(wrong)) +
                               ", got " + std::string(EventFieldName(ours.bad)));
    }
    if (wrong == EventField::kNone) RequireSame(ours.event, expected, "events differ");
    return;
  }
  ADTALLY_CHECK(ours.bad == EventField::kRecord, "a broken event was read");
  if (wire.end == WireEnd::kBroken) {
    ADTALLY_CHECK(!Parse(bytes, theirs), "libprotobuf reads what is broken");
  }
}

// The bytes of every event of the batch, up to where it breaks off.
std::vector<std::string_view> EventsOf(const WireMessage& batch) {
  std::vector<std::string_view> events;
  for (const WireField& field : batch.fields) {
    if (field.number == 1 && field.type == WireType::kBytes) events.push_back(field.value);
  }
  return events;
}

// The framing of the batch: what was cut into events is what libprotobuf cuts it into, and what
// broke off is broken for libprotobuf too.
void CompareFraming(std::string_view bytes, const WireMessage& wire,
                    const std::vector<std::string_view>& events) {
  const std::string_view whole_fields = bytes.substr(0, wire.end_offset);
  wide::RawBatch theirs;
  const std::string canonical = wire.padded ? wire.Canonical() : std::string(whole_fields);
  ADTALLY_CHECK(Parse(canonical, theirs), "libprotobuf refuses the framing");
  ADTALLY_CHECK(static_cast<size_t>(theirs.events_size()) == events.size(), "other event count");
  for (size_t i = 0; i < events.size(); ++i) {
    ADTALLY_CHECK(theirs.events(static_cast<int>(i)) == events[i], "other event bytes");
  }
  if (wire.end == WireEnd::kBroken) {
    ADTALLY_CHECK(!Parse(bytes, theirs), "libprotobuf reads a batch that is broken off");
  }
}

// The batch as a user of event.proto reads it: all or nothing.
void CompareWithOfficialSchema(std::string_view bytes, const WireMessage& wire,
                               const ReadBatch& ours) {
  bool clean = wire.end == WireEnd::kWhole && !wire.padded;
  for (const std::string_view event : EventsOf(wire)) {
    const WireMessage message = ReadWireMessage(event);
    clean = clean && message.end == WireEnd::kWhole && !message.padded && HasUtf8Strings(message);
  }
  v1::EventBatch theirs;
  const bool accepted = Parse(bytes, theirs);
  ADTALLY_CHECK(accepted || !clean, "libprotobuf refuses a clean batch");
  if (!clean) return;
  ADTALLY_CHECK(static_cast<size_t>(theirs.events_size()) == ours.events.size(), "other count");
  for (size_t i = 0; i < ours.events.size(); ++i) {
    if (ours.events[i].bad != EventField::kNone) continue;
    RequireSame(ours.events[i].event, ExpectedFrom(theirs.events(static_cast<int>(i))),
                "events differ from event.proto's");
  }
}

// What was read well is written, read again by both, and the same. click_id is not written.
std::string CheckRoundTrip(std::string_view bytes) {
  std::string written;
  std::vector<ExpectedEvent> expected;
  bool utf8 = true;
  EventBatchReader reader(bytes);
  Event event;
  EventField bad = EventField::kNone;
  while (reader.Next(event, bad)) {
    if (bad != EventField::kNone) continue;
    AppendToBatch(event, written);
    expected.push_back(CopyOf(event));
    expected.back().click_id.clear();
    utf8 = utf8 && IsUtf8(event.event_id) && IsUtf8(event.order_id);
  }
  const ReadBatch again = Read(written);
  wide::EventBatch theirs;
  v1::EventBatch official;
  ADTALLY_CHECK(Parse(written, theirs), "libprotobuf refuses what was written");
  ADTALLY_CHECK(!utf8 || Parse(written, official), "event.proto refuses what was written");
  ADTALLY_CHECK(!again.broken && again.events.size() == expected.size() &&
                    static_cast<size_t>(theirs.events_size()) == expected.size(),
                "what was written has another number of events");
  for (size_t i = 0; i < expected.size(); ++i) {
    ADTALLY_CHECK(again.events[i].bad == EventField::kNone, "a good event came back bad");
    RequireSame(again.events[i].event, expected[i], "the round trip changed an event");
    RequireSame(ExpectedFrom(theirs.events(static_cast<int>(i))), expected[i],
                "libprotobuf reads another event than was written");
  }
  return written;
}

// Batches behind each other are a batch, and what follows an event changes nothing about it. A
// reader may go another way where much does.
void CheckConcatenation(std::string_view bytes, const ReadBatch& first, const std::string& second) {
  if (first.broken) return;  // nothing tells where the second one begins
  std::string both(bytes);
  both += second;
  AppendVarint(uint64_t{100} << 3 | static_cast<uint32_t>(WireType::kBytes), 1, both);
  AppendVarint(200, 1, both);
  both.append(200, '\x0a');
  const std::vector<char> exact(both.begin(), both.end());  // ASan sees a read beyond it
  const ReadBatch read = Read({exact.data(), exact.size()});
  const ReadBatch other = Read(second);
  ADTALLY_CHECK(read.events.size() == first.events.size() + other.events.size(),
                "concatenation lost or made events");
  for (size_t i = 0; i < read.events.size(); ++i) {
    const bool in_first = i < first.events.size();
    const ReadEvent& alone = in_first ? first.events[i] : other.events[i - first.events.size()];
    ADTALLY_CHECK(read.events[i].bad == alone.bad, "concatenation changed a verdict");
    if (alone.bad == EventField::kNone) {
      RequireSame(read.events[i].event, alone.event, "concatenation changed an event");
    }
  }
}

void Check(std::string_view bytes) {
  const ReadBatch ours = Read(bytes);
  const WireMessage wire = ReadWireMessage(bytes);
  const std::vector<std::string_view> events = EventsOf(wire);
  CompareFraming(bytes, wire, events);
  const bool breaks_off = wire.end != WireEnd::kWhole;
  ADTALLY_CHECK(ours.broken == breaks_off, "broken() is wrong");
  ADTALLY_CHECK(ours.events.size() == events.size() + (breaks_off ? 1 : 0),
                "events were lost or made up");
  for (size_t i = 0; i < events.size(); ++i) CompareEvent(events[i], ours.events[i]);
  CompareWithOfficialSchema(bytes, wire, ours);
  CheckConcatenation(bytes, ours, CheckRoundTrip(bytes));
}

}  // namespace
}  // namespace adtally::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // it logs every text that is not UTF-8
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  adtally::fuzz::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
