#include "edge/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

#include "edge/edge_test_support.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t kNow = TestEdge::kNowMs;
constexpr int64_t kDay = 24 * kMillisPerHour;

class IngestTest : public testing::Test {
 protected:
  IngestBatch Decode(std::string_view body, IngestFormat format = IngestFormat::kJson) {
    return DecodeIngest(body, format, {kNow, kDay, *signer_, 4, 64 << 10});
  }
  static std::vector<LoggedEvent> EventsOf(IngestBatch batch) {
    FakeLog log(4);
    std::vector<EventLog::Append> records;
    for (auto& chunk : batch.events.TakeChunks()) {
      records.push_back({Partition(chunk.partition), std::move(chunk.batch)});
    }
    log.AppendAsync(std::move(records), [](Result<void>) {});
    return log.Events();
  }
  std::unique_ptr<TokenSigner> signer_ = TestSigner();
};

TEST_F(IngestTest, GoodLinesCountEvenWhenOthersAreBad) {
  const std::string body = EventLine("a") + "\n" + EventLine("b", kNow, R"(,"country":"USA")") +
                           "\n\n" + EventLine("c") + "\n";
  IngestBatch batch = Decode(body);
  EXPECT_EQ(batch.report.accepted, 2u);
  EXPECT_EQ(batch.report.rejected, 1u);
  ASSERT_EQ(batch.report.errors.lines.size(), 1u);
  EXPECT_EQ(batch.report.errors.lines[0].line, 2);
  EXPECT_THAT(batch.report.errors.lines[0].text, HasSubstr("country"));
  EXPECT_EQ(EventsOf(std::move(batch)).size(), 2u);
}

TEST_F(IngestTest, FutureEventsAreRejectedAndLateOnesNoted) {
  const std::string body =
      EventLine("ok", kNow + kMaxFutureMs) + "\n" + EventLine("future", kNow + kMaxFutureMs + 1) +
      "\n" + EventLine("edge", kNow - kDay) + "\n" + EventLine("late", kNow - kDay - 1);
  const IngestBatch batch = Decode(body);
  EXPECT_EQ(batch.report.accepted, 3u);
  EXPECT_EQ(batch.report.rejected, 1u);
  EXPECT_EQ(batch.report.errors.lines.at(0).line, 2);
  EXPECT_THAT(batch.report.errors.lines[0].text,
              StartsWith("timestamp: 300 s ahead of the server's clock"));
  EXPECT_EQ(batch.report.late, 1u);
  ASSERT_EQ(batch.report.notes.lines.size(), 1u);
  EXPECT_EQ(batch.report.notes.lines[0].line, 4);
  EXPECT_EQ(batch.report.notes.lines[0].text,
            "timestamp: older than the deduplication window of 24 h; kept in the log and shown as "
            "late in the ledger, but not counted in reports");
}

TEST_F(IngestTest, AConversionsClickIdIsResolvedOrRejected) {
  const std::string start =
      R"({"event_id":"x","type":"conversion","timestamp":)" + std::to_string(kNow);
  const std::string ids = R"(,"advertiser_id":9,"campaign_id":9,"ad_group_id":9,"creative_id":9)";
  const std::string good = signer_->Sign(TestClick());
  TokenClaims old = TestClick();
  old.expires_ms = kNow;
  const std::string body = start + ids + R"(,"click_id":")" + good + "\"}\n" +  //
                           start + R"(,"click_id":")" + good + "\"}\n" +        // no ids
                           start + ids + "}\n" +                                // no click id
                           start + ids + R"(,"click_id":"forged"})" + "\n" +    //
                           start + R"(,"click_id":")" + signer_->Sign(old) + "\"}\n" +  //
                           start + R"(,"click_id":")" + signer_->Sign(TestLink()) + "\"}\n";
  IngestBatch batch = Decode(body);
  EXPECT_EQ(batch.report.accepted, 3u);
  EXPECT_EQ(batch.report.rejected, 3u);
  for (const auto& line : batch.report.errors.lines)
    EXPECT_EQ(line.text, "click_id: not a valid click id");
  const auto events = EventsOf(std::move(batch));
  ASSERT_EQ(events.size(), 3u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(events[static_cast<size_t>(i)].event.dimensions, TestClick().dimensions);
    EXPECT_EQ(events[static_cast<size_t>(i)].event.click_time, TestClick().time);
  }
  EXPECT_EQ(events[2].event.dimensions.advertiser_id, 9u);
  EXPECT_EQ(events[2].event.click_time.value, 0);
}

TEST_F(IngestTest, AClickIdOfAnotherTypeIsIgnored) {
  EXPECT_EQ(Decode(EventLine("a", kNow, R"(,"click_id":"whatever")")).report.accepted, 1u);
}

TEST_F(IngestTest, AnEventBatchKeepsWhatAnIngestKeyIsTrustedWith) {
  Event event;
  event.event_id = "p";
  event.type = EventType::kClick;
  event.time = EventTime(kNow);
  event.dimensions = {1, 2, 3, 4, Device::kTablet, {}, {}};
  event.user_hash = 77;
  event.invalid_reason = InvalidReason::kBot;
  std::string body;
  AppendToBatch(event, body);
  event.event_id = "";
  AppendToBatch(event, body);
  event.event_id = "q";
  AppendToBatch(event, body);
  IngestBatch batch = Decode(body, IngestFormat::kProtobuf);
  EXPECT_EQ(batch.report.accepted, 2u);
  EXPECT_EQ(batch.report.rejected, 1u);
  EXPECT_EQ(batch.report.errors.lines.at(0).line, 2);
  EXPECT_EQ(batch.report.errors.lines[0].text, "event_id: missing, or out of its range");
  const auto events = EventsOf(std::move(batch));
  EXPECT_EQ(events.at(0).event.user_hash, 77u);
  EXPECT_EQ(events[0].event.invalid_reason, InvalidReason::kBot);

  const IngestBatch broken = Decode(body + "\xff\xff", IngestFormat::kProtobuf);
  EXPECT_EQ(broken.report.accepted, 2u);
  EXPECT_EQ(broken.report.rejected, 2u);
  EXPECT_THAT(broken.report.errors.lines.at(1).text, HasSubstr("no EventBatch from here on"));
  EXPECT_EQ(Decode("", IngestFormat::kProtobuf).report.errors.lines.size(), 1u);
}

TEST_F(IngestTest, AnUnreadableBodySaysWhyAndCountsItsLines) {
  const IngestBatch words = Decode("these\nare\n\nwords\n");
  EXPECT_EQ(words.report.accepted, 0u);
  EXPECT_EQ(words.report.rejected, 3u);
  EXPECT_EQ(words.report.errors.lines.size(), 1u);
  EXPECT_EQ(words.report.errors.omitted, 2u);
  const IngestBatch empty = Decode("");
  EXPECT_EQ(empty.report.rejected, 0u);
  EXPECT_EQ(empty.report.errors.lines.size(), 1u);
}

TEST_F(IngestTest, ListsHundredErrorsAndCountsTheRest) {
  std::string body;
  for (int i = 0; i < 130; ++i) body += EventLine("late", kNow - 2 * kDay) + "\n{\"event_id\":5}\n";
  const IngestBatch batch = Decode(body);
  EXPECT_EQ(batch.report.rejected, 130u);
  EXPECT_EQ(batch.report.late, 130u);
  EXPECT_EQ(batch.report.errors.lines.size(), 100u);
  const std::string json = IngestReportToJson(batch.report);
  EXPECT_THAT(
      json, StartsWith("{\"accepted\":130,\"rejected\":130,\"errors\":[{\"line\":2,\"error\":\""));
  EXPECT_THAT(json, HasSubstr("\"errors_omitted\":30"));
  EXPECT_THAT(json, HasSubstr("\"late\":130,\"notes\":[{\"line\":1,\"note\":\""));
  EXPECT_THAT(json, HasSubstr("\"notes_omitted\":30"));
}

TEST_F(IngestTest, TheAnswerIsTheContracts) {
  EXPECT_EQ(IngestReportToJson(Decode(EventLine("a")).report),
            R"({"accepted":1,"rejected":0,"errors":[]})");
}

TEST(IngestFormat, IsOfTheMediaType) {
  for (const char* type :
       {"application/x-protobuf", "application/protobuf; proto=adtally.v1.EventBatch",
        "Application/X-Protobuf ", "application/vnd.google.protobuf"}) {
    EXPECT_EQ(IngestFormatOf(type), IngestFormat::kProtobuf) << type;
  }
  for (const char* type : {"", "application/json", "application/x-ndjson", "text/plain",
                           "application/x-protobuffer"}) {
    EXPECT_EQ(IngestFormatOf(type), IngestFormat::kJson) << type;
  }
}

// A line that is an event, an event with something wrong, or just bytes.
std::string ArbitraryLine(int index) {
  const std::string id = "event-" + std::to_string(index);
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return EventLine(id, kNow + *rc::gen::inRange<int64_t>(-3 * kDay, kDay));
    case 1:
      return EventLine(id, kNow, R"(,"country":"USA")");
    case 2: {
      std::string line = EventLine(id);
      line[*rc::gen::inRange<size_t>(1, line.size())] = *rc::gen::inRange('!', '~');
      return line;
    }
    case 3: {
      const std::string line = EventLine(id);
      return line.substr(0, *rc::gen::inRange<size_t>(1, line.size()));
    }
    case 4: {
      std::string bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
      std::replace(bytes.begin(), bytes.end(), '\n', '.');
      return bytes;
    }
    case 5:
      return std::string(*rc::gen::inRange<size_t>(0, 3), ' ');
    default:
      return EventLine(id);
  }
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

TEST_F(IngestTest, EveryLineIsAcceptedOrRejectedAndTheLogHoldsTheAccepted) {
  EXPECT_TRUE(rc::check([&] {
    // A first line that is a whole object makes the body NDJSON, whatever follows.
    std::string body = EventLine("first") + "\n" + EventLine("second") + "\n";
    uint64_t lines = 2;
    const int count = *rc::gen::inRange(0, 40);
    for (int i = 0; i < count; ++i) {
      const std::string line = ArbitraryLine(i);
      if (!IsBlank(line)) ++lines;
      body += line + "\n";
    }
    IngestBatch batch = Decode(body);
    RC_ASSERT(batch.report.accepted + batch.report.rejected == lines);
    RC_ASSERT(batch.report.errors.lines.size() + batch.report.errors.omitted ==
              batch.report.rejected);
    RC_ASSERT(batch.report.late == batch.report.notes.lines.size());
    RC_ASSERT(batch.events.events() == batch.report.accepted);

    // What is in the log is what each line alone would have put there, in order.
    std::map<uint32_t, std::string> expected;
    size_t at = 0;
    while (at < body.size()) {
      const size_t end = body.find('\n', at);
      const std::string line = body.substr(at, end - at);
      at = end + 1;
      if (IsBlank(line) || line[0] != '{') continue;
      for (auto& chunk : Decode(line).events.TakeChunks()) expected[chunk.partition] += chunk.batch;
    }
    std::map<uint32_t, std::string> logged;
    for (auto& chunk : batch.events.TakeChunks()) logged[chunk.partition] += chunk.batch;
    RC_ASSERT(logged == expected);
  }));
}

TEST_F(IngestTest, AnyBytesAreSafe) {
  EXPECT_TRUE(rc::check([&] {
    const std::string body = *rc::gen::container<std::string>(
        rc::gen::oneOf(rc::gen::arbitrary<char>(),
                       rc::gen::element('{', '}', '[', ']', '"', ',', ':', '\n', '1')));
    for (const IngestFormat format : {IngestFormat::kJson, IngestFormat::kProtobuf}) {
      IngestBatch batch = Decode(body, format);
      RC_ASSERT(batch.events.events() == batch.report.accepted);
      RC_ASSERT(batch.report.accepted > 0 || !batch.report.errors.lines.empty());
      const uint64_t accepted = batch.report.accepted;
      RC_ASSERT(EventsOf(std::move(batch)).size() == accepted);
    }
  }));
}

}  // namespace
}  // namespace adtally
