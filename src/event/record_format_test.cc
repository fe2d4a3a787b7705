#include "event/record_format.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "event/arbitrary_event.h"
#include "event/json_codec.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

std::string WithLength(const std::string& batch) {
  std::string record;
  for (size_t rest = batch.size();; rest >>= 7) {
    record.push_back(static_cast<char>(rest < 0x80 ? rest : (rest & 0x7f) | 0x80));
    if (rest < 0x80) break;
  }
  return record + batch;
}

Event Impression(std::string_view id) {
  Event event;
  event.event_id = id;
  event.time = EventTime(1'790'000'000'000);
  event.dimensions = {1, 2, 3, 4, Device::kMobile, {}, {}};
  return event;
}

// A list of ten bytes begins as a batch does, but such a batch could not hold an event.
TEST(RecordFormat, TheLengthInFrontIsTakenOffWhateverItIs) {
  for (size_t padding = 0; padding < 300; ++padding) {
    std::string batch;
    AppendToBatch(Impression("some-id"), batch);
    for (size_t i = 0; i < padding; ++i) AppendToBatch(Impression("x"), batch);
    EXPECT_EQ(EventBatchOf(batch), batch);
    EXPECT_EQ(EventBatchOf(WithLength(batch)), batch);
  }
  EXPECT_EQ(EventBatchOf(WithLength("")), "");
  EXPECT_EQ(EventBatchOf(WithLength("0123456789")), "0123456789");
}

TEST(RecordFormat, ALengthThatDoesNotFitIsNone) {
  std::string batch;
  AppendToBatch(Impression("some-id"), batch);
  std::string cut = WithLength(batch);
  cut.pop_back();
  EXPECT_EQ(EventBatchOf(cut), cut);
  EXPECT_EQ(EventBatchOf(WithLength(batch) + "x"), WithLength(batch) + "x");
  EXPECT_EQ(EventBatchOf(""), "");
  const std::string endless(20, '\xff');
  EXPECT_EQ(EventBatchOf(endless), endless);
}

TEST(RecordFormat, WhatAdtallyAppendsIsToldFromJson) {
  EXPECT_TRUE(rc::check([] {
    const auto made = *ArbitraryEvent();
    std::string batch, json;
    AppendToBatch(made.Get(), batch);
    AppendJson(made.Get(), json);
    RC_ASSERT(IsAppendedBatch(batch));
    RC_ASSERT(!IsAppendedBatch(json));
    RC_ASSERT(!IsAppendedBatch("\n" + json));
  }));
  // The id begins as a JSON text would.
  std::string batch;
  AppendToBatch(Impression("  {\"a\":1}"), batch);
  EXPECT_TRUE(IsAppendedBatch(batch));
  for (const std::string_view json :
       {"", "\n", "\n\n", "\n \n {}", "\n\r\n\n{}", "\n\n\n\n\n\n\n\n\n\n{}", "[]", "{}", "\x10"}) {
    EXPECT_FALSE(IsAppendedBatch(json)) << json;
  }
}

}  // namespace
}  // namespace adtally
