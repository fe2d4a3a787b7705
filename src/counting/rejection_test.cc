#include "counting/rejection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "counting/partition_counter.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

constexpr AppendTime kNow(1'790'000'000'000);
constexpr std::string_view kGoodJson =
    R"({"event_id":"a","type":"click","timestamp":1790000000000,"advertiser_id":1,)"
    R"("campaign_id":2,"ad_group_id":3,"creative_id":4})";

class Shown final : public RejectedEvents {
 public:
  bool HasRoom() override { return room > events.size() || (++left_out, false); }
  void Add(const RejectedEvent& event) override {
    events.push_back(event);
    bytes.emplace_back(event.bytes);
  }
  size_t room = 100;
  size_t left_out = 0;
  std::vector<RejectedEvent> events;
  std::vector<std::string> bytes;
};

Event Click(std::string_view id) {
  Event event;
  event.event_id = id;
  event.type = EventType::kClick;
  event.time = EventTime(kNow.value);
  event.dimensions = {1, 2, 3, 4, Device::kMobile, {}, {}};
  return event;
}

std::string Batch(const std::vector<Event>& events) {
  std::string batch;
  for (const Event& event : events) AppendToBatch(event, batch);
  return batch;
}

LedgerRow Count(RecordFormat format, const std::vector<std::string>& records, Shown* shown) {
  CountingOptions options;
  options.max_ids = 1000;
  options.record_format = format;
  options.rejected_events = shown;
  PartitionCounter counter(Partition(3), options);
  counter.Begin(Offset(70));
  for (const std::string& record : records) counter.Count(kNow, record);
  const Checkpoint checkpoint = counter.Cut();
  const LedgerRow ledger = checkpoint.ledger.at(0);
  EXPECT_EQ(ledger.received, ledger.counted + ledger.duplicate + ledger.late + ledger.rejected);
  return ledger;
}

TEST(Rejection, OneBadLineIsShownByItsNumberAndItsText) {
  Shown shown;
  const std::string good(kGoodJson);
  const LedgerRow ledger =
      Count(RecordFormat::kJson, {good, good + "\n\n  {\"event_id\":7} \n" + good + "\nnonsense"},
            &shown);
  EXPECT_EQ(ledger.received, 5u);
  EXPECT_EQ(ledger.rejected, 2u);
  EXPECT_EQ(ledger.duplicate, 2u);
  ASSERT_EQ(shown.events.size(), 2u);
  EXPECT_EQ(shown.events[0].partition, Partition(3));
  EXPECT_EQ(shown.events[0].offset, Offset(71));
  EXPECT_EQ(shown.events[0].append_time, kNow);
  EXPECT_EQ(shown.events[0].number, 3u);
  EXPECT_THAT(shown.events[0].reason, HasSubstr("event_id"));
  EXPECT_EQ(shown.bytes[0], "{\"event_id\":7}");
  EXPECT_EQ(shown.events[1].number, 5u);
  EXPECT_EQ(shown.bytes[1], "nonsense");
}

TEST(Rejection, JsonWithoutAnyEventIsShownWhole) {
  Shown shown;
  const std::string long_text(100'000, 'x');
  const LedgerRow ledger = Count(
      RecordFormat::kJson, {"", "a\nb", long_text, "[" + std::string(kGoodJson) + ",{"}, &shown);
  EXPECT_EQ(ledger.rejected, 4u);
  EXPECT_EQ(ledger.counted, 1u);
  ASSERT_EQ(shown.events.size(), 4u);
  EXPECT_THAT(shown.events[0].reason, HasSubstr("there is none"));
  EXPECT_EQ(shown.bytes[1], "a\nb");
  EXPECT_EQ(shown.bytes[2], long_text);
  EXPECT_LT(shown.events[2].reason.size(), 300u);
  EXPECT_EQ(shown.events[3].number, 2u);
  EXPECT_EQ(shown.bytes[3].front(), '[') << "nothing tells where the second element ends";
}

TEST(Rejection, AnEventThatIsTooLargeCostsItselfOnly) {
  Shown shown;
  const std::string huge = "{\"x\":\"" + std::string(900'000, 'y') + "\"}";
  const LedgerRow ledger =
      Count(RecordFormat::kJson, {huge + "\n" + std::string(kGoodJson)}, &shown);
  EXPECT_EQ(ledger.counted, 1u);
  EXPECT_EQ(ledger.rejected, 1u);
  EXPECT_EQ(shown.bytes.at(0), huge);
}

// What a click_id stands for hangs on keys, and counting hangs on the log alone.
TEST(Rejection, AClickIdIsNotResolvedHere) {
  Shown shown;
  const std::string json =
      R"({"event_id":"c","type":"conversion","timestamp":1790000000000,"click_id":"abc"})";
  EXPECT_EQ(Count(RecordFormat::kJson, {json}, &shown).rejected, 1u);
  Event event = Click("c");
  event.type = EventType::kConversion;
  event.dimensions = {};
  std::string batch = Batch({event});
  batch +=
      "\x62\x03"
      "abc";  // click_id
  batch[1] = static_cast<char>(batch[1] + 5);
  EXPECT_EQ(Count(RecordFormat::kProtobuf, {batch}, &shown).rejected, 1u);
  ASSERT_EQ(shown.events.size(), 2u);
  EXPECT_THAT(shown.events[0].reason, HasSubstr("click_id"));
  EXPECT_EQ(shown.events[0].reason, shown.events[1].reason);
  EXPECT_EQ(shown.bytes[0], json);
}

TEST(Rejection, ABadEventOfABatchIsShownAsABatchOfOne) {
  Shown shown;
  Event bad = Click("b");
  bad.dimensions.campaign_id = 0;
  const std::string batch = Batch({Click("a"), bad, Click("c")});
  const std::string list = static_cast<char>(batch.size()) + batch;
  const LedgerRow ledger = Count(RecordFormat::kProtobuf, {list, batch}, &shown);
  EXPECT_EQ(ledger.counted, 2u);
  EXPECT_EQ(ledger.duplicate, 2u);
  EXPECT_EQ(ledger.rejected, 2u);
  ASSERT_EQ(shown.events.size(), 2u);
  EXPECT_EQ(shown.bytes[0], Batch({bad}));
  EXPECT_EQ(shown.events[0].number, 2u);
  EXPECT_THAT(shown.events[0].reason, HasSubstr("campaign_id"));
  EXPECT_EQ(shown.events[1].offset, Offset(71));
}

TEST(Rejection, ABatchThatBreaksOffIsShownFromThereOn) {
  Shown shown;
  const LedgerRow ledger =
      Count(RecordFormat::kProtobuf,
            {Batch({Click("a")}) + "\xff\xff", "\xff no batch", "", "{\"a\":1}"}, &shown);
  EXPECT_EQ(ledger.counted, 1u);
  EXPECT_EQ(ledger.rejected, 3u) << "an empty record is a batch of none";
  ASSERT_EQ(shown.events.size(), 3u);
  EXPECT_EQ(shown.bytes[0], "\xff\xff");
  EXPECT_EQ(shown.events[0].number, 2u);
  EXPECT_EQ(shown.bytes[1], "\xff no batch");
  EXPECT_EQ(shown.bytes[2], "{\"a\":1}");
}

// Only its hash is used, so it need not be text.
TEST(Rejection, AnEventIdNeedNotBeUtf8InProtobuf) {
  const LedgerRow ledger =
      Count(RecordFormat::kProtobuf,
            {Batch({Click("\xff\xfe"), Click("\xff\xfd"), Click("\xff\xfe")})}, nullptr);
  EXPECT_EQ(ledger.counted, 2u);
  EXPECT_EQ(ledger.duplicate, 1u);
}

TEST(Rejection, WhatAdtallyAppendsIsReadBesideJson) {
  const LedgerRow ledger =
      Count(RecordFormat::kJson,
            {Batch({Click("a"), Click("  {"), Click("b")}), std::string(kGoodJson)}, nullptr);
  EXPECT_EQ(ledger.counted, 3u);
  EXPECT_EQ(ledger.duplicate, 1u);
}

TEST(Rejection, NothingIsPreparedWithoutRoom) {
  Shown shown;
  shown.room = 1;
  EXPECT_EQ(Count(RecordFormat::kJson, {"x", "y", "{}\n{}"}, &shown).rejected, 4u);
  EXPECT_EQ(shown.events.size(), 1u);
  EXPECT_EQ(shown.left_out, 3u);
}

// The numbers are the same whether anyone looks at what is rejected or not.
TEST(Rejection, ShowingChangesNothing) {
  Shown shown;
  const std::vector<std::string> records = {"x", std::string(kGoodJson), "{}", "[]"};
  EXPECT_EQ(Count(RecordFormat::kJson, records, &shown),
            Count(RecordFormat::kJson, records, nullptr));
}

}  // namespace
}  // namespace adtally
