// EventBatchReader has a fast way to read what encoders usually write. It must say of any bytes
// exactly what ReadGeneralEvent says.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <protozero/pbf_reader.hpp>
#include <string>
#include <utility>
#include <vector>

#include "event/arbitrary_event.h"
#include "event/protobuf_codec.h"
#include "event/protobuf_general.h"

namespace adtally {
namespace {

std::string Said(const Event& event, EventField bad, bool broken) {
  return Describe(event) + "|" + std::string(event.click_id) + "|" +
         std::string(EventFieldName(bad)) + (broken ? "|broken" : "");
}

void ExpectSame(const std::string& batch) {
  // Blocks of their own, so that ASan sees a read beyond them.
  const std::vector<char> exact(batch.begin(), batch.end());
  EventBatchReader reader({exact.data(), exact.size()});
  std::string_view rest(exact.data(), exact.size());
  bool broken = false;
  for (bool more = true; more;) {
    Event fast, general;
    EventField fast_bad = EventField::kNone, general_bad = EventField::kNone;
    more = ReadGeneralEvent(rest, broken, general, general_bad);
    RC_ASSERT(reader.Next(fast, fast_bad) == more);
    if (more)
      RC_ASSERT(Said(fast, fast_bad, reader.broken()) == Said(general, general_bad, broken));
  }
}

std::string EncodedVarint(uint64_t value, size_t needless_bytes = 0) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  for (size_t i = 0; i < needless_bytes; ++i) {
    bytes.back() = static_cast<char>(bytes.back() | 0x80);
    bytes.push_back('\0');
  }
  return bytes;
}

uint64_t AnyNumber() {
  return *rc::gen::arbitrary<uint64_t>() >> *rc::gen::inRange(0, 64);
}

std::string AnyText() {
  const auto size =
      *rc::gen::oneOf(rc::gen::inRange<size_t>(0, 5), rc::gen::inRange<size_t>(0, 200));
  return *rc::gen::container<std::string>(
      size, rc::gen::oneOf(rc::gen::elementOf(std::string("AZ09az \n\0\x7f\x80", 12)),
                           rc::gen::inRange('A', '[')));
}

// A field of any number with any value, mostly of the wire type that it has to be.
std::string AnyField() {
  const auto number = *rc::gen::oneOf(rc::gen::inRange<uint32_t>(1, 20),
                                      rc::gen::element<uint32_t>(100, 5000, 536'870'911));
  const bool is_text =
      number == 1 || number == 9 || number == 10 || number == 12 || number == 13 || number == 15;
  const int usual = is_text ? 2 : number == 16 ? 1 : 0;
  const int type = *rc::gen::weightedElement<int>({{20, usual}, {1, 0}, {1, 1}, {1, 2}, {1, 5}});
  std::string field = EncodedVarint(uint64_t{number} << 3 | static_cast<uint64_t>(type));
  switch (type) {
    case 0:
      field +=
          EncodedVarint(AnyNumber(), *rc::gen::weightedElement<size_t>({{9, 0}, {1, 1}, {1, 4}}));
      break;
    case 2: {
      const std::string text = AnyText();
      field += EncodedVarint(text.size()) + text;
      break;
    }
    default:
      field += std::string(type == 1 ? 8 : 4, *rc::gen::arbitrary<char>());
      break;
  }
  return field;
}

// The fields of a good event, in order.
std::vector<std::string> GoodFields() {
  const OwnedEvent owned = *ArbitraryEvent();
  std::string batch;
  AppendToBatch(owned.Get(), batch);
  protozero::pbf_reader message = protozero::pbf_reader(batch);
  message.next();
  protozero::pbf_reader event = message.get_message();
  std::vector<std::string> fields;
  const char* begin = event.data().data();
  while (event.next()) {
    event.skip();
    const char* const end = event.data().data();
    fields.emplace_back(begin, end);
    begin = end;
  }
  return fields;
}

std::string AnyMessage() {
  std::vector<std::string> fields = GoodFields();
  const auto at = [&] { return *rc::gen::inRange<size_t>(0, fields.size()); };
  const auto changes = *rc::gen::weightedElement<int>({{4, 0}, {4, 1}, {2, 2}, {1, 5}});
  for (int i = 0; i < changes && !fields.empty(); ++i) {
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        std::swap(fields[at()], fields[at()]);
        break;
      case 1:
        fields.push_back(fields[at()]);
        break;
      case 2:
        fields.erase(fields.begin() + static_cast<ptrdiff_t>(at()));
        break;
      case 3:
        fields[at()] = AnyField();
        break;
      default:
        fields.insert(fields.begin() + static_cast<ptrdiff_t>(at()), AnyField());
        break;
    }
  }
  std::string message;
  for (const std::string& field : fields) message += field;
  return EncodedVarint(1 << 3 | 2) + EncodedVarint(message.size()) + message;
}

std::string AnyBatch() {
  std::string batch;
  const auto events = *rc::gen::inRange(0, 6);
  for (int i = 0; i < events; ++i) {
    batch += AnyMessage();
    if (*rc::gen::inRange(0, 20) == 0) batch += AnyField();
  }
  return batch;
}

TEST(ProtobufReader, ReadsWhateverFieldsAsTheGeneralReaderDoes) {
  EXPECT_TRUE(rc::check([] { ExpectSame(AnyBatch()); }));
}

TEST(ProtobufReader, ReadsMutatedBytesAsTheGeneralReaderDoes) {
  EXPECT_TRUE(rc::check([] {
    std::string batch = AnyBatch();
    const auto changes = *rc::gen::inRange(1, 5);
    for (int i = 0; i < changes && !batch.empty(); ++i) {
      const auto at = *rc::gen::inRange<size_t>(0, batch.size());
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          batch[at] = static_cast<char>(batch[at] ^ 1 << *rc::gen::inRange(0, 8));
          break;
        case 1:
          batch[at] = *rc::gen::arbitrary<char>();
          break;
        case 2:
          batch.insert(at, 1, *rc::gen::arbitrary<char>());
          break;
        default:
          batch.erase(at, *rc::gen::inRange<size_t>(1, 9));
          break;
      }
    }
    ExpectSame(batch);
  }));
}

// Each byte of one event, in front of others, with each value.
TEST(ProtobufReader, EachByteMayBeAnything) {
  Event event;
  event.event_id = "e-1";
  event.time = EventTime{1'790'000'000'000};
  event.dimensions = {1, 2000, 300'000, 4'000'000'000, Device::kTv, {{'U', 'S'}}, {{'C', 'A'}}};
  event.cost_micros = 250'000;
  event.order_id = "o";
  event.value_micros = 5;
  event.user_hash = 7;
  event.click_time = event.time;
  event.invalid_reason = InvalidReason::kBot;
  std::string one;
  AppendToBatch(event, one);
  std::string batch;
  for (int i = 0; i < 5; ++i) batch += one;
  for (size_t at = 0; at < one.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = batch;
      changed[at] = static_cast<char>(byte);
      ExpectSame(changed);
    }
  }
  for (size_t size = 0; size < batch.size(); ++size) ExpectSame(batch.substr(0, size));
}

// A message that ends early, in front of what looks like its next field, at any distance from the
// batch's end.
TEST(ProtobufReader, NothingIsReadBeyondTheBatch) {
  const std::string numbers = "\x10\x01\x18\x01\x20\x01\x28\x01\x30\x01\x38\x01";
  const std::string long_text = "\x7f" + std::string(127, 'x');
  const std::string empty("\x0a\x00", 2);
  const std::string ends_at_click_id = "\x0a\x12\x0a\x01x" + numbers + "b\x01x";
  const std::string long_numbers =
      "\x10\x01\x18\x81\x81\x81\x81\x81\x81\x81\x01 \x81\x81\x81\x81\x01(\x81\x81\x81\x81\x01";
  for (const std::string& start :
       {empty + "\x0a" + long_text + numbers, "\x0a\x03\x0a\x01x" + long_numbers,
        ends_at_click_id + "p\x01\x81\x01"
                           "12345678\x88\x01"
                           "\x81\x81\x81\x81\x81\x01",
        ends_at_click_id + "j" + long_text + "p\x01\x88\x01\x01"}) {
    const std::string batch = start + std::string(100, '\x01');
    for (size_t size = 0; size < batch.size(); ++size) ExpectSame(batch.substr(0, size));
  }
}

}  // namespace
}  // namespace adtally
