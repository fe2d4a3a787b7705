#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <set>

#include "event/event.h"
#include "generator/demo_catalog.h"
#include "generator/demo_timeline.h"
#include "generator/event_writer.h"

namespace adtally {
namespace {

constexpr int64_t kMinute = 1'790'000'000'000 / kMillisPerMinute;

std::set<uint64_t> Ids(simdjson::dom::element catalog, std::string_view list) {
  std::set<uint64_t> ids;
  for (auto item : catalog[list].get_array()) ids.insert(item["id"].get_uint64());
  return ids;
}

TEST(DemoCatalog, EverythingRefersToSomethingThatExists) {
  simdjson::dom::parser parser;
  const simdjson::dom::element catalog = parser.parse(DemoCatalogJson());
  const auto advertisers = Ids(catalog, "advertisers"), campaigns = Ids(catalog, "campaigns"),
             ad_groups = Ids(catalog, "ad_groups"), creatives = Ids(catalog, "creatives");
  EXPECT_EQ(advertisers.size(), 5u);
  EXPECT_EQ(campaigns.size(), 24u);
  EXPECT_EQ(ad_groups.size(), 24u * kDemoAdGroups);
  EXPECT_EQ(creatives.size(), 24u * kDemoAdGroups * kDemoCreatives);
  for (auto campaign : catalog["campaigns"].get_array()) {
    EXPECT_TRUE(advertisers.contains(campaign["advertiser_id"].get_uint64()));
  }
  for (auto ad_group : catalog["ad_groups"].get_array()) {
    EXPECT_TRUE(campaigns.contains(ad_group["campaign_id"].get_uint64()));
  }
  for (auto creative : catalog["creatives"].get_array()) {
    EXPECT_TRUE(ad_groups.contains(creative["ad_group_id"].get_uint64()));
    EXPECT_TRUE(creative["landing_url"].get_string().value().starts_with("https://"));
  }
}

TEST(DemoTimeline, AMinuteIsTheSameWheneverItIsMade) {
  const auto a = DemoTimeline(10).Minute(kMinute), b = DemoTimeline(10).Minute(kMinute);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].index, b[i].index);
    EXPECT_EQ(a[i].time_ms, b[i].time_ms);
    EXPECT_EQ(a[i].dimensions, b[i].dimensions);
    EXPECT_EQ(a[i].cost_micros, b[i].cost_micros);
  }
  EXPECT_NE(DemoTimeline(10).run_id(), DemoTimeline(11).run_id());
}

TEST(DemoTimeline, ADayHasTheRateADayShapeAndUniqueIds) {
  const DemoTimeline timeline(5);
  std::set<uint64_t> indexes;
  std::map<int64_t, size_t> by_hour;
  std::map<uint32_t, size_t> by_campaign;
  size_t events = 0;
  for (int64_t m = kMinute - kMinute % 1440; m < kMinute - kMinute % 1440 + 1440; ++m) {
    int64_t last = 0;
    for (const GeneratedEvent& e : timeline.Minute(m)) {
      ASSERT_GE(e.time_ms, m * kMillisPerMinute);
      ASSERT_LT(e.time_ms, (m + 3) * kMillisPerMinute);
      ASSERT_GE(e.time_ms, last);
      last = e.time_ms;
      ASSERT_TRUE(indexes.insert(e.index).second);
      ASSERT_LT(e.index, uint64_t{1} << 48);
      ++by_hour[m % 1440 / 60];
      ++by_campaign[e.dimensions.campaign_id];
      ++events;
    }
  }
  EXPECT_NEAR(static_cast<double>(events) / (5 * 86'400), 1, 0.1);
  EXPECT_GT(static_cast<double>(by_hour[18]), 1.7 * static_cast<double>(by_hour[6]));
  EXPECT_EQ(by_campaign.size(), DemoCampaigns().size());
}

}  // namespace
}  // namespace adtally
