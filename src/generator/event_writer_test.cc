#include "generator/event_writer.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/hash.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

GeneratedEvent Conversion() {
  GeneratedEvent event;
  event.index = 5;
  event.client = 2;
  event.type = EventType::kConversion;
  event.time_ms = 1'790'000'000'123;
  event.dimensions = {3, 7, 70, 700, Device::kTablet, *ParseCountry("US"), *ParseRegion("CA")};
  event.value_micros = 12'340'000;
  return event;
}

TEST(EventWriter, JsonLineHasEveryField) {
  std::string line;
  AppendJsonLine(Conversion(), 1, line);
  EXPECT_EQ(line,
            R"({"event_id":"00000000000000010002000000000005","type":"conversion",)"
            R"("timestamp":1790000000123,"advertiser_id":3,"campaign_id":7,"ad_group_id":70,)"
            R"("creative_id":700,"device":"tablet","country":"US","region":"CA","cost_micros":0,)"
            R"("order_id":"o-00000000000000010002000000000005","value_micros":12340000})"
            "\n");
}

TEST(EventWriter, AClickTimeIsTheSameInBothFormats) {
  GeneratedEvent event = Conversion();
  event.click_time_ms = 1'789'000'000'456;
  std::string line;
  AppendJsonLine(event, 1, line);
  EXPECT_TRUE(line.ends_with(",\"click_time\":1789000000456}\n")) << line;
  std::string batch;
  AppendProtobuf(event, 1, batch);
  EventBatchReader reader(batch);
  Event read;
  EventField bad;
  ASSERT_TRUE(reader.Next(read, bad));
  EXPECT_EQ(read.click_time.value, event.click_time_ms);
}

TEST(EventWriter, AUserIsTheSameInBothFormats) {
  GeneratedEvent event = Conversion();
  event.user = 4'294'967'295;
  std::string line;
  AppendJsonLine(event, 1, line);
  EXPECT_NE(line.find(R"(,"user_id":"u4294967295",)"), std::string::npos) << line;
  std::string batch;
  AppendProtobuf(event, 1, batch);
  EventBatchReader reader(batch);
  Event read;
  EventField bad;
  ASSERT_TRUE(reader.Next(read, bad));
  EXPECT_EQ(read.user_hash, HashBytes("u4294967295").low);
}

TEST(EventWriter, JsonOfTheLongestEventFits) {
  GeneratedEvent event = Conversion();
  event.dimensions.advertiser_id = event.dimensions.campaign_id = 4'294'967'295;
  event.dimensions.ad_group_id = event.dimensions.creative_id = 4'294'967'295;
  event.cost_micros = event.value_micros = kMaxMicrosPerEvent;
  event.user = 4'294'967'295;
  event.click_time_ms = kMaxEventTime.value - 1;
  std::string line;
  AppendJsonLine(event, ~uint64_t{0}, line);
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(line).error(), simdjson::SUCCESS);
  EXPECT_LT(line.size(), 500u);
}

TEST(EventWriter, ProtobufReadsBackTheSame) {
  std::string batch;
  AppendProtobuf(Conversion(), 1, batch);
  EventBatchReader reader(batch);
  Event event;
  EventField bad;
  ASSERT_TRUE(reader.Next(event, bad));
  EXPECT_EQ(bad, EventField::kNone);
  EXPECT_EQ(event.event_id, "00000000000000010002000000000005");
  EXPECT_EQ(event.order_id, "o-00000000000000010002000000000005");
  EXPECT_EQ(event.type, EventType::kConversion);
  EXPECT_EQ(event.time.value, 1'790'000'000'123);
  EXPECT_EQ(event.dimensions, Conversion().dimensions);
  EXPECT_EQ(event.value_micros, 12'340'000);
  EXPECT_FALSE(reader.Next(event, bad));
}

}  // namespace
}  // namespace adtally
