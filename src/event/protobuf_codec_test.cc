#include "event/protobuf_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "base/hash.h"
#include "event/arbitrary_event.h"

namespace adtally {
namespace {

struct Read {
  std::vector<std::string> good;
  std::vector<EventField> bad;
};

Read ReadAll(std::string_view batch) {
  Read read;
  EventBatchReader reader(batch);
  Event event;
  EventField bad;
  while (reader.Next(event, bad)) {
    if (bad == EventField::kNone) {
      // Touches every byte of the views, for the sanitizers, and proves that nothing invalid
      // passes.
      RC_ASSERT(FirstInvalidField(event) == EventField::kNone);
      read.good.push_back(Describe(event));
    } else {
      read.bad.push_back(bad);
    }
  }
  RC_ASSERT(!reader.Next(event, bad));
  return read;
}

// One good event, with `change` free to add fields behind the good ones.
template <class Change>
std::string Batch(Change change) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_string(1, "e-1");
  writer.add_enum(2, 1);
  writer.add_uint64(3, 1'790'000'000'000);
  for (uint32_t field = 4; field <= 7; ++field) writer.add_uint32(field, field);
  change(writer);
  std::string batch;
  protozero::pbf_writer(batch).add_message(1, message);
  return batch;
}

template <class Change>
EventField BadFieldOf(Change change) {
  const std::string batch = Batch(change);
  EventBatchReader reader(batch);
  Event event;
  EventField bad;
  EXPECT_TRUE(reader.Next(event, bad));
  return bad;
}

TEST(ProtobufCodec, AnyEventRoundTrips) {
  EXPECT_TRUE(rc::check([] {
    const auto events = *rc::gen::container<std::vector<OwnedEvent>>(ArbitraryEvent());
    const auto cut = *rc::gen::inRange<size_t>(0, events.size() + 1);
    std::string first;
    std::string second;
    std::vector<std::string> expected;
    for (size_t i = 0; i < events.size(); ++i) {
      AppendToBatch(events[i].Get(), i < cut ? first : second);
      expected.push_back(Describe(events[i].Get()));
    }
    // Concatenated batches are a batch.
    const Read read = ReadAll(first + second);
    RC_ASSERT(read.good == expected);
    RC_ASSERT(read.bad.empty());
  }));
}

TEST(ProtobufCodec, BrokenBytesNeverCrashNorPassAnInvalidEvent) {
  EXPECT_TRUE(rc::check([] {
    const auto events = *rc::gen::container<std::vector<OwnedEvent>>(3, ArbitraryEvent());
    std::string batch;
    for (const OwnedEvent& event : events) AppendToBatch(event.Get(), batch);
    const auto flips = *rc::gen::inRange(0, 4);
    for (int i = 0; i < flips; ++i) {
      batch[*rc::gen::inRange<size_t>(0, batch.size())] = *rc::gen::arbitrary<char>();
    }
    const auto size = *rc::gen::inRange<size_t>(0, batch.size() + 1);
    // A block of its own, so that ASan sees a read beyond it.
    const std::vector<char> exact(batch.begin(), batch.begin() + static_cast<ptrdiff_t>(size));
    const Read read = ReadAll({exact.data(), exact.size()});
    RC_ASSERT(read.good.size() <= events.size());
  }));
  EXPECT_TRUE(rc::check([](const std::vector<char>& noise) {
    ReadAll({noise.data(), noise.size()});
  }));
}

TEST(ProtobufCodec, UnknownFieldsAreSkipped) {
  const std::string batch = "\x10\x05" + Batch([](protozero::pbf_writer& writer) {
                              writer.add_string(100, "from the future");
                              writer.add_uint64(101, 7);
                              writer.add_fixed32(102, 7);
                              writer.add_fixed64(103, 7);
                              writer.add_string(11, "a known number of another wire type");
                            });
  EventBatchReader reader(batch);
  Event event;
  EventField bad;
  ASSERT_TRUE(reader.Next(event, bad));
  EXPECT_EQ(bad, EventField::kNone);
  EXPECT_EQ(event.event_id, "e-1");
  EXPECT_EQ(event.cost_micros, 0);
  EXPECT_FALSE(reader.Next(event, bad));
}

TEST(ProtobufCodec, NumbersTooLargeAreRefusedNotCut) {
  constexpr uint64_t kBeyond32 = (uint64_t{1} << 32) + 1;
  for (uint32_t field = 4; field <= 7; ++field) {
    const auto expected = static_cast<EventField>(static_cast<int>(EventField::kAdvertiserId) +
                                                  static_cast<int>(field) - 4);
    EXPECT_EQ(BadFieldOf([&](auto& w) { w.add_uint64(field, kBeyond32); }), expected);
  }
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_uint64(2, kBeyond32); }), EventField::kType);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_uint64(8, 256); }), EventField::kDevice);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_uint64(18, 257); }), EventField::kInvalidReason);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_int64(3, -1); }), EventField::kTimestamp);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_int64(11, -1); }), EventField::kCostMicros);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_int64(14, -1); }), EventField::kValueMicros);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_string(9, "USA"); }), EventField::kCountry);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_string(9, std::string(2, '\0')); }),
            EventField::kCountry);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_string(10, "toolong"); }), EventField::kRegion);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_string(10, std::string("A\0", 2)); }),
            EventField::kRegion);
}

TEST(ProtobufCodec, AMissingFieldIsNamed) {
  const std::string empty_event("\x0a\x00", 2);
  EventBatchReader reader(empty_event);
  Event event;
  EventField bad;
  ASSERT_TRUE(reader.Next(event, bad));
  EXPECT_EQ(bad, EventField::kEventId);
  EXPECT_EQ(BadFieldOf([](auto& w) { w.add_enum(2, 0); }), EventField::kType);
}

TEST(ProtobufCodec, ABrokenEventCostsItselfOnly) {
  const auto good = [](protozero::pbf_writer&) {};
  const std::string unknown_wire_type = "\x0a\x02\x0f\x01";
  const std::string batch = Batch(good) + unknown_wire_type + Batch(good);
  const Read read = ReadAll(batch);
  EXPECT_EQ(read.good.size(), 2U);
  EXPECT_EQ(read.bad, std::vector{EventField::kRecord});
}

TEST(ProtobufCodec, ABatchThatBreaksOffSaysSo) {
  const std::string batch = Batch([](protozero::pbf_writer&) {}) + "\x0a\x7f";
  EventBatchReader reader(batch);
  Event event;
  EventField bad;
  ASSERT_TRUE(reader.Next(event, bad));
  EXPECT_FALSE(reader.broken());
  ASSERT_TRUE(reader.Next(event, bad));
  EXPECT_EQ(bad, EventField::kRecord);
  EXPECT_TRUE(reader.broken());
  EXPECT_FALSE(reader.Next(event, bad));
}

TEST(ProtobufCodec, ABadEventDoesNotStopTheBatchButBrokenFramingDoes) {
  const auto good = [](protozero::pbf_writer&) {};
  const auto bad_country = [](protozero::pbf_writer& w) { w.add_string(9, "us"); };
  EXPECT_EQ(ReadAll(Batch(bad_country) + Batch(good)).good.size(), 1U);
  const Read broken = ReadAll(Batch(good) + "\x0a\x7f" + Batch(good));
  EXPECT_EQ(broken.good.size(), 1U);
  EXPECT_EQ(broken.bad, std::vector{EventField::kRecord});
  // A length beyond 32 bits must not be cut to one that fits.
  const Read cut = ReadAll(std::string("\x0a\x80\x80\x80\x80\x10", 6) + Batch(good));
  EXPECT_TRUE(cut.good.empty());
  EXPECT_EQ(cut.bad, std::vector{EventField::kRecord});
}

TEST(ProtobufCodec, TheUserIdIsOnlyEverHashed) {
  for (const bool hash_last : {false, true}) {
    const std::string batch = Batch([&](protozero::pbf_writer& writer) {
      if (!hash_last) writer.add_fixed64(16, 5);
      writer.add_string(15, "user-1");
      if (hash_last) writer.add_fixed64(16, 5);
    });
    EventBatchReader reader(batch);
    Event event;
    EventField bad;
    ASSERT_TRUE(reader.Next(event, bad));
    EXPECT_EQ(event.user_hash, HashBytes("user-1").low);
    std::string log;
    AppendToBatch(event, log);
    EXPECT_EQ(log.find("user-1"), std::string::npos);
  }
}

TEST(ProtobufCodec, TheClickIdIsReadAndNotWritten) {
  const std::string batch = Batch([](auto& writer) { writer.add_string(12, "token"); });
  EventBatchReader reader(batch);
  Event event;
  EventField bad;
  ASSERT_TRUE(reader.Next(event, bad));
  EXPECT_EQ(event.click_id, "token");
  std::string log;
  AppendToBatch(event, log);
  EXPECT_EQ(log.find("token"), std::string::npos);
}

TEST(ProtobufCodec, AnEventOfAnyLengthIsWrittenWhole) {
  for (const size_t size : {1U, 60U, 90U, 100U, 128U, 16'384U, 3'000'000U}) {
    const std::string id(size, 'x');
    Event event;
    event.event_id = id;
    std::string batch = "";
    AppendToBatch(event, batch);
    EventBatchReader reader(batch);
    Event read;
    EventField bad;
    ASSERT_TRUE(reader.Next(read, bad));
    EXPECT_EQ(read.event_id, id);
    EXPECT_FALSE(reader.Next(read, bad));
  }
}

}  // namespace
}  // namespace adtally
