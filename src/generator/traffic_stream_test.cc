#include "generator/traffic_stream.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "generator/event_writer.h"

namespace adtally {
namespace {

constexpr int64_t kNow = 1'790'000'000'000;

std::vector<GeneratedEvent> Events(const TrafficShape& shape, uint32_t campaigns = 1000) {
  const CampaignModel model(campaigns, 1.1, shape.seed);
  TrafficStream stream(model, shape);
  std::vector<GeneratedEvent> events;
  while (!stream.done()) events.push_back(stream.Next(kNow));
  return events;
}

TrafficShape Shape(uint64_t events, uint64_t seed = 3, double late = 0) {
  TrafficShape shape;
  shape.seed = seed;
  shape.events = events;
  shape.late = late;
  shape.events_per_second = 1000;
  return shape;
}

auto Content(const GeneratedEvent& e) {
  return std::tuple(e.index, e.type, e.time_ms, e.dimensions, e.cost_micros, e.value_micros);
}

TEST(TrafficStream, IsAFunctionOfItsShape) {
  const auto a = Events(Shape(20'000)), b = Events(Shape(20'000)), c = Events(Shape(20'000, 4));
  ASSERT_EQ(a.size(), 20'000u);
  int same_as_other_seed = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(Content(a[i]), Content(b[i]));
    if (Content(a[i]) == Content(c[i])) ++same_as_other_seed;
  }
  EXPECT_EQ(same_as_other_seed, 0);
}

TEST(TrafficStream, ClientsOfOneSeedDiffer) {
  TrafficShape other = Shape(100);
  other.client = 1;
  EXPECT_NE(Events(Shape(100))[0].dimensions, Events(other)[0].dimensions);
}

TEST(TrafficStream, HasBelievableShares) {
  std::map<EventType, double> types;
  std::map<Device, double> devices;
  std::map<std::string, double> countries;
  const auto events = Events(Shape(400'000));
  for (const GeneratedEvent& e : events) {
    ++types[e.type];
    ++devices[e.dimensions.device];
    ++countries[std::string(e.dimensions.country.view())];
  }
  const double click_rate = types[EventType::kClick] / types[EventType::kImpression];
  const double conversion_rate = types[EventType::kConversion] / types[EventType::kClick];
  EXPECT_GT(click_rate, 0.005);
  EXPECT_LT(click_rate, 0.03);
  EXPECT_GT(conversion_rate, 0.01);
  EXPECT_LT(conversion_rate, 0.05);
  EXPECT_NEAR(devices[Device::kMobile] / 400'000, 0.54, 0.01);
  EXPECT_NEAR(devices[Device::kTv] / 400'000, 0.03, 0.01);
  EXPECT_NEAR(countries[""] / 400'000, 0.01, 0.003);
  EXPECT_GE(countries.size(), 12u);
}

TEST(TrafficStream, EveryEventIsValidAndPriced) {
  for (const GeneratedEvent& e : Events(Shape(50'000, 9, 0.1))) {
    Event event;
    event.event_id = "x";
    event.type = e.type;
    event.time = EventTime(e.time_ms);
    event.dimensions = e.dimensions;
    event.cost_micros = e.cost_micros;
    event.value_micros = e.value_micros;
    ASSERT_EQ(FirstInvalidField(event), EventField::kNone);
    ASSERT_EQ(e.cost_micros > 0, e.type != EventType::kConversion);
    ASSERT_EQ(e.value_micros > 0, e.type == EventType::kConversion);
    ASSERT_EQ(e.dimensions.ad_group_id / 10, e.dimensions.campaign_id);
    ASSERT_EQ(e.dimensions.creative_id / 10, e.dimensions.ad_group_id);
  }
}

TEST(TrafficStream, ClicksAndConversionsFollowTheirImpression) {
  std::map<Dimensions, int> impressions, clicks;
  int conversions = 0;
  for (const GeneratedEvent& e : Events(Shape(300'000))) {
    if (e.type == EventType::kImpression) {
      ++impressions[e.dimensions];
    } else if (e.type == EventType::kClick) {
      ASSERT_GE(impressions[e.dimensions], ++clicks[e.dimensions]);
    } else {
      ASSERT_GT(clicks[e.dimensions], 0);
      ++conversions;
    }
  }
  EXPECT_GT(conversions, 20);
}

TEST(TrafficStream, LateEventsLieMinutesToHoursBack) {
  double late = 0;
  for (const GeneratedEvent& e : Events(Shape(100'000, 5, 0.02))) {
    if (!e.late) {
      ASSERT_EQ(e.time_ms, kNow);
      continue;
    }
    ++late;
    ASSERT_LE(e.time_ms, kNow - 2 * kMillisPerMinute);
    ASSERT_GE(e.time_ms, kNow - 3 * kMillisPerHour);
  }
  EXPECT_NEAR(late / 100'000, 0.02, 0.002);
}

TEST(TrafficStream, UsersChangeNothingElse) {
  TrafficShape with_users = Shape(50'000);
  with_users.users = 10'000;
  const auto known = Events(with_users), unknown = Events(Shape(50'000)), same = Events(with_users);
  for (size_t i = 0; i < known.size(); ++i) {
    ASSERT_EQ(Content(known[i]), Content(unknown[i]));
    ASSERT_EQ(known[i].user, same[i].user);
    ASSERT_EQ(unknown[i].user, 0u);
  }
}

TEST(TrafficStream, SomeUsersSeeManyAdsAndMostSeeFew) {
  TrafficShape shape = Shape(100'000);
  shape.users = 10'000;
  std::map<uint32_t, int> impressions;
  std::map<Dimensions, std::set<uint32_t>> viewers;
  for (const GeneratedEvent& e : Events(shape)) {
    ASSERT_LE(e.user, shape.users);
    if (e.type == EventType::kImpression) {
      ++impressions[e.user];
      viewers[e.dimensions].insert(e.user);
    } else {
      ASSERT_TRUE(viewers[e.dimensions].contains(e.user)) << "who clicks has seen it";
    }
  }
  EXPECT_NEAR(impressions[0] / 100'000.0, 0.125, 0.01);
  impressions.erase(0);
  EXPECT_GT(impressions.size(), 9'000u);
  int of_first_tenth = 0;
  for (uint32_t user = 1; user <= 1000; ++user) of_first_tenth += impressions[user];
  EXPECT_NEAR(of_first_tenth / 87'500.0, 0.46, 0.03);
  EXPECT_LT(impressions[9'999], 12);
}

TEST(CampaignModel, PopularCampaignsAreSpreadOverAdvertisers) {
  const CampaignModel model(1000, 1.1, 1);
  std::map<uint32_t, int> per_advertiser;
  for (const CampaignProfile& c : model.campaigns()) ++per_advertiser[c.advertiser_id];
  EXPECT_EQ(per_advertiser.size(), 50u);
  for (const auto& [advertiser, count] : per_advertiser) EXPECT_EQ(count, 20);
  EXPECT_NE(model.campaigns()[0].advertiser_id, model.campaigns()[1].advertiser_id);
}

TEST(CampaignModel, OneCampaignIsEnough) {
  for (const GeneratedEvent& e : Events(Shape(1000), 1)) {
    EXPECT_EQ(e.dimensions.campaign_id, 1u);
    EXPECT_EQ(e.dimensions.advertiser_id, 1u);
  }
}

TEST(GeneratedEventId, TellsRunClientAndIndexApart) {
  std::set<std::array<char, kGeneratedIdBytes>> ids;
  for (uint64_t run : {1u, 2u}) {
    for (uint32_t client : {0u, 1u, 255u}) {
      for (uint64_t index : {uint64_t{0}, uint64_t{1}, (uint64_t{1} << 48) - 1}) {
        ids.insert(GeneratedEventId(run, client, index));
      }
    }
  }
  EXPECT_EQ(ids.size(), 18u);
  const auto id = GeneratedEventId(0xabcdef0123456789, 3, 16);
  EXPECT_EQ(std::string_view(id.data(), id.size()), "abcdef01234567890003000000000010");
}

}  // namespace
}  // namespace adtally
