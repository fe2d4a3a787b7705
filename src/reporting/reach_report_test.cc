// Reach in reports of the real engine, against sets of users that are exact.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "reporting/report.h"
#include "reporting/report_answer_test_support.h"
#include "reporting/report_oracle_test_support.h"
#include "store/chdb_test_support.h"
#include "tiers/reach_sketch.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using report_oracle::OffsetOf;
using testing::HasSubstr;

constexpr int64_t kQuarter = 900;
constexpr int64_t kDay = 86'400;
constexpr int64_t kBegin = report_oracle::kAutumn - 2 * kDay;  // 2040-10-26
constexpr int kDays = 4;

struct Seen {
  int64_t quarter_s;
  uint32_t advertiser, campaign, user;
};

// Advertisers 1 and 2, whose days are Berlin's and Kathmandu's.
std::string ZoneOf(uint32_t advertiser) {
  return advertiser == 1 ? "Europe/Berlin" : "Asia/Kathmandu";
}

int64_t LocalDate(int64_t utc_s, const std::string& zone) {
  return (utc_s + OffsetOf(zone, utc_s)) / kDay;
}

class ReachReport : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table :
         {"minute", "reach_quarter", "reach", "tier_status", "tier_floor", "day_accounts"}) {
      ChdbTestStore::Clear(table);
    }
    auto zones = TimeZones::Load(store());
    ASSERT_TRUE(zones.ok()) << zones.error().message;
    zones_ = std::make_unique<TimeZones>(std::move(zones).value());
  }

  static Store& store() { return ChdbTestStore::Get(); }

  // Users who come back, to several campaigns and on several days.
  void SeeAtRandom(size_t times, uint32_t seed) {
    std::mt19937 random(seed);
    for (size_t i = 0; i < times; ++i) {
      const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
      const uint32_t advertiser = 1 + below(2);
      seen_.push_back({kBegin + int64_t{below(kDays * 96)} * kQuarter, advertiser,
                       advertiser * 10 + below(2), below(150) * below(150)});
    }
  }

  // As deliveries do: each of a part of them, some twice.
  void Deliver() {
    for (size_t part = 0; part < 3; ++part) {
      std::string rows;
      for (size_t i = part % 2; i < seen_.size(); i += 1 + part % 2) {
        const Seen& s = seen_[i];
        rows += (rows.empty() ? "(" : ",(") + std::to_string(s.quarter_s) + "," +
                std::to_string(s.advertiser) + "," + std::to_string(s.campaign) + "," +
                std::to_string(s.user) + ")";
      }
      ChdbTestStore::Run(
          "INSERT INTO adtally.reach_quarter (quarter, advertiser_id, campaign_id, user_hashes) "
          "SELECT toDateTime(q, 'UTC'), a, c, groupArray(cityHash64(u)) FROM VALUES('q UInt32, a "
          "UInt32, c UInt32, u UInt32', " +
          rows + ") GROUP BY ALL");
    }
  }

  // The days [first, last) of each advertiser's own calendar, and nothing of the quarters before
  // the floor.
  void RollUp(int64_t first, int64_t last, int64_t floor_s) {
    std::map<uint32_t, TierPartition> months;
    for (const uint32_t advertiser : {1, 2}) {
      ChdbTestStore::Run("INSERT INTO adtally.day_accounts VALUES (" + std::to_string(advertiser) +
                         ", '" + ZoneOf(advertiser) + "', toDate(0), 1)");
      for (int64_t day = first; day < last; ++day) {
        const uint32_t number = MonthNumber(day * kDay);
        const auto generation = static_cast<Generation>(1 + day % 2);
        ChdbTestStore::Run(
            "INSERT INTO adtally.reach (day, time_zone, generation, advertiser_id, campaign_id, "
            "users) SELECT toDate(" +
            std::to_string(day) + "), '" + ZoneOf(advertiser) + "', " + std::to_string(generation) +
            ", advertiser_id, campaign_id, " + std::string(kMergeReach) +
            "(users) FROM adtally.reach_quarter WHERE advertiser_id = " +
            std::to_string(advertiser) + " AND toDate(quarter, '" + ZoneOf(advertiser) +
            "') = toDate(" + std::to_string(day) + ") GROUP BY advertiser_id, campaign_id");
        months.try_emplace(number, TierPartition{.partition = number})
            .first->second.Set({.slot = static_cast<uint8_t>(DayNumber(day * kDay) % 100),
                                .generation = generation,
                                .final = true});
      }
    }
    for (const auto& [number, month] : months) {
      ASSERT_TRUE(PublishTierStatus(store(), Tier::kReach, month, 1).value());
    }
    ASSERT_TRUE(RaiseTierFloor(store(), Tier::kReach, floor_s).value());
    ChdbTestStore::Run("ALTER TABLE adtally.reach_quarter DELETE WHERE quarter < toDateTime(" +
                       std::to_string(floor_s) + ", 'UTC') SETTINGS mutations_sync = 2");
  }

  Result<std::string> Ask(const std::string& query, Scope scope = std::nullopt) {
    ADTALLY_ASSIGN(const ReportRequest request, ParseReportRequest(query, *zones_));
    return RunInItsFormat({store(), tiers_}, request, scope, std::nullopt);
  }
  std::string Problem(const std::string& query) {
    const auto answer = Ask(query);
    return answer.ok() ? "none: " + *answer : answer.error().message;
  }
  std::string Rows(const std::string& query, Scope scope = std::nullopt) {
    const auto answer = Ask(query, scope);
    EXPECT_TRUE(answer.ok()) << query << ": " << answer.error().message;
    if (!answer.ok()) return "";
    const size_t begin = answer->find("\"rows\":");
    return answer->substr(begin, answer->find(",\"truncated\"") - begin);
  }

  // "rows":[[DAY,CAMPAIGN,REACH],…],"totals":{"reach":N} by local days and campaign.
  std::string ExpectedByDay(const std::string& zone, int64_t from_day, int64_t to_day,
                            std::optional<uint32_t> advertiser) const {
    std::map<std::pair<int64_t, uint32_t>, std::set<uint32_t>> groups;
    std::set<uint32_t> all;
    for (const Seen& s : seen_) {
      const int64_t day = LocalDate(s.quarter_s, zone);
      if (day < from_day || day >= to_day || (advertiser && s.advertiser != *advertiser)) continue;
      groups[{day, s.campaign}].insert(s.user);
      all.insert(s.user);
    }
    std::string text = "\"rows\":[";
    for (const auto& [key, users] : groups) {
      text += (text.back() == '[' ? "[\"" : ",[\"") + DateText(key.first) + "\"," +
              std::to_string(key.second) + "," + std::to_string(users.size()) + "]";
    }
    return text + "],\"totals\":{\"reach\":" + std::to_string(all.size()) + "}";
  }

  // Times shortened to their dates.
  static std::string DatesOnly(std::string rows) {
    for (size_t at = 0; (at = rows.find('T', at)) != std::string::npos;) {
      rows.erase(at, rows.find('"', at) - at);
    }
    return rows;
  }

  static std::string DateText(int64_t day) {
    const std::string number = std::to_string(DayNumber(day * kDay));
    return number.substr(0, 4) + "-" + number.substr(4, 2) + "-" + number.substr(6);
  }
  static std::string Range(int64_t from_day, int64_t to_day) {
    return "from=" + DateText(from_day) + "&to=" + DateText(to_day);
  }

  std::vector<Seen> seen_;
  std::unique_ptr<TimeZones> zones_;
  TierCache tiers_;
};

constexpr int64_t kFirst = kBegin / kDay;

TEST_F(ReachReport, CountsUsersOnceWhateverTheyAreGroupedBy) {
  SeeAtRandom(500, 1);
  Deliver();
  for (const std::string zone : {"UTC", "Europe/Berlin", "Asia/Kathmandu"}) {
    const std::string query = Range(kFirst, kFirst + 3) +
                              "&metrics=reach&granularity=day&group_by="
                              "campaign&time_zone=" +
                              zone;
    EXPECT_EQ(DatesOnly(Rows(query)), ExpectedByDay(zone, kFirst, kFirst + 3, {})) << zone;
    EXPECT_EQ(DatesOnly(Rows(query, 2)), ExpectedByDay(zone, kFirst, kFirst + 3, 2)) << zone;
  }
}

TEST_F(ReachReport, DaysAndQuartersGiveWhatTheQuartersGave) {
  SeeAtRandom(500, 2);
  Deliver();
  RollUp(kFirst - 1, kFirst + 3, kBegin + kDay);
  for (const uint32_t advertiser : {1u, 2u}) {
    const std::string zone = ZoneOf(advertiser);
    const std::string query = Range(kFirst - 1, kFirst + 5) +
                              "&metrics=reach&granularity=day&group_by=campaign&time_zone=" + zone;
    EXPECT_EQ(DatesOnly(Rows(query, advertiser)),
              ExpectedByDay(zone, kFirst - 1, kFirst + 5, advertiser));
    EXPECT_EQ(DatesOnly(Rows(query + "&advertiser_id=" + std::to_string(advertiser))),
              ExpectedByDay(zone, kFirst - 1, kFirst + 5, advertiser));
  }
  // Both advertisers, one of them in its own zone: where there are quarters of the other.
  const std::string both =
      Range(kFirst + 2, kFirst + 4) +
      "&metrics=reach&granularity=day&group_by=campaign&time_zone=Europe/Berlin";
  EXPECT_EQ(DatesOnly(Rows(both)), ExpectedByDay("Europe/Berlin", kFirst + 2, kFirst + 4, {}));
}

TEST_F(ReachReport, WhatHasNoSketchIsAProblemThatSaysWhatHas) {
  SeeAtRandom(50, 3);
  Deliver();
  RollUp(kFirst - 1, kFirst + 3, kBegin + kDay);
  const std::string one = "&metrics=reach&advertiser_id=1&time_zone=Europe/Berlin";
  const std::string gone =
      "from: reach is kept by quarters of an hour from 2040-10-27T00:00:00Z on, before that by day";
  EXPECT_THAT(Problem(Range(kFirst, kFirst + 2) + one + "&granularity=hour"), HasSubstr(gone));
  EXPECT_THAT(Problem("from=2040-10-26T10:00&to=2040-10-28" + one), HasSubstr(gone));
  EXPECT_THAT(Problem(Range(kFirst, kFirst + 2) + "&metrics=reach&time_zone=Europe/Berlin"),
              HasSubstr(gone))
      << "advertiser 2's days are others";
  EXPECT_THAT(Problem(Range(kFirst, kFirst + 2) + "&metrics=reach&advertiser_id=1"),
              HasSubstr(gone));
  EXPECT_THAT(Problem("from=2040-10-28T10:05&to=2040-10-29" + one),
              HasSubstr("from: 2040-10-28T10:05:00+01:00 is inside a quarter of an hour"));
  EXPECT_THAT(Rows("from=2040-10-28T10:15&to=2040-10-29" + one + "&granularity=hour"),
              HasSubstr("\"rows\":[["));
}

TEST_F(ReachReport, StandsBesideSumsInEveryFormat) {
  seen_ = {{kBegin, 1, 10, 1}, {kBegin, 1, 11, 1}, {kBegin, 1, 11, 2}};
  Deliver();
  ChdbTestStore::Run(
      "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, impressions, "
      "spend_micros) VALUES (toDateTime(" +
      std::to_string(kBegin) +
      ", 'UTC'), 1, 10, 1, 5, "
      "1500000), (toDateTime(" +
      std::to_string(kBegin) + ", 'UTC'), 1, 12, 1, 7, 0)");
  const std::string query =
      Range(kFirst, kFirst + 1) + "&metrics=reach,impressions,spend&order_by=-reach";
  const auto answer = Ask(query + "&group_by=campaign");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(*answer, HasSubstr("\"rows\":[[11,2,0,0.000000],[10,1,5,1.500000],[12,0,7,0.000000]],"
                                 "\"totals\":{\"reach\":2,\"impressions\":12,\"spend\":1.500000}"));
  EXPECT_THAT(*answer, HasSubstr("\"tiers\":[\"minute\",\"reach\"]"));
  EXPECT_THAT(*answer, HasSubstr("\"exact\":{\"reach\":false,\"impressions\":true,\"spend\":true},"
                                 "\"error\":{\"reach\":0.012}"));
  EXPECT_EQ(Rows(query),
            "\"rows\":[[2,12,1.500000]],\"totals\":{\"reach\":2,\"impressions\":12,"
            "\"spend\":1.500000}");
  EXPECT_EQ(
      Ask(query + "&group_by=campaign&format=csv").value(),
      "\"campaign_id\",\"reach\",\"impressions\",\"spend\"\n11,2,0,0.000000\n10,1,5,1.500000\n"
      "12,0,7,0.000000\n");
  for (const std::string format : {"parquet", "arrow"}) {
    EXPECT_TRUE(Ask(query + "&group_by=campaign&format=" + format).ok()) << format;
  }
  EXPECT_EQ(Rows(Range(kFirst + 7, kFirst + 8) + "&metrics=reach"),
            "\"rows\":[[0]],\"totals\":{\"reach\":0}");
}

// The users of either range, each once in it, from quarters of the one and days of the other.
TEST_F(ReachReport, ComparesTheUnionsOfTwoRanges) {
  SeeAtRandom(500, 4);
  Deliver();
  RollUp(kFirst - 1, kFirst + 2, kBegin + kDay);
  ChdbTestStore::Run(
      "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, impressions) "
      "VALUES (toDateTime(" +
      std::to_string(kBegin) + ", 'UTC'), 1, 19, 1, 5)");
  std::map<uint32_t, std::array<std::set<uint32_t>, 2>> campaigns;
  std::array<std::set<uint32_t>, 2> all;
  for (const Seen& s : seen_) {
    const int64_t day = LocalDate(s.quarter_s, "Europe/Berlin");
    if (s.advertiser != 1 || day < kFirst || day >= kFirst + 4) continue;
    const size_t range = day < kFirst + 2 ? 1 : 0;
    campaigns[s.campaign][range].insert(s.user);
    all[range].insert(s.user);
  }
  std::string rows;
  for (const auto& [campaign, users] : campaigns) {
    rows += "[" + std::to_string(campaign) + "," + std::to_string(users[0].size()) + ",0," +
            std::to_string(users[1].size()) + ",0],";
  }
  const auto answer = Ask(Range(kFirst + 2, kFirst + 4) +
                              "&metrics=reach,impressions&group_by=campaign"
                              "&time_zone=Europe/Berlin&compare_to=previous_period",
                          1);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_THAT(*answer, HasSubstr("\"rows\":[" + rows + "[19,0,0,0,5]],\"totals\":{\"reach\":" +
                                 std::to_string(all[0].size()) + ",\"impressions\":0}"));
  EXPECT_THAT(*answer, HasSubstr("\"totals\":{\"reach\":" + std::to_string(all[1].size()) +
                                 ",\"impressions\":5},\"tiers\":[\"minute\",\"reach\"]}"));
  // Alone, without a sum to be read beside it.
  const auto alone = Ask(Range(kFirst + 2, kFirst + 4) +
                             "&metrics=reach&time_zone=Europe/Berlin&compare_to=previous_period"
                             "&order_by=-previous_reach",
                         1);
  ASSERT_TRUE(alone.ok()) << alone.error().message;
  EXPECT_THAT(*alone, HasSubstr("\"rows\":[[" + std::to_string(all[0].size()) + "," +
                                std::to_string(all[1].size()) + "]]"));
  EXPECT_THAT(Problem(Range(kFirst + 2, kFirst + 4) +
                      "&metrics=reach&granularity=hour&time_zone=Europe/Berlin&advertiser_id=1"
                      "&compare_to=previous_period"),
              testing::StartsWith("compare_to: of the compared range, 2040-10-26T00:00:00+02:00 "
                                  "to 2040-10-28T00:00:00+02:00: from: reach is kept by quarters"));
}

TEST_F(ReachReport, LargeSetsAreWithinTheErrorThatIsSaid) {
  for (const int64_t users : {2'000, 20'000, 50'000, 100'000, 400'000}) {
    ChdbTestStore::Clear("reach_quarter");
    ChdbTestStore::Run(
        "INSERT INTO adtally.reach_quarter (quarter, advertiser_id, campaign_id, user_hashes) "
        "SELECT toDateTime(" +
        std::to_string(kBegin) +
        " + number % 96 * 900, 'UTC') AS q, 1, 10 + "
        "number % 3 AS c, groupArray(sipHash64(number % " +
        std::to_string(users) + ")) FROM numbers(" + std::to_string(users * 2) + ") GROUP BY q, c");
    const std::string rows = Rows(Range(kFirst, kFirst + 1) + "&metrics=reach&advertiser_id=1");
    const double reach = std::stod(rows.substr(std::string("\"rows\":[[").size()));
    EXPECT_NEAR(reach / static_cast<double>(users), 1, 5 * kReachStandardError) << users;
  }
}

// The error that is said is that of the sketches that the tables hold.
TEST_F(ReachReport, TablesHoldTheSketchesThatAreCounted) {
  const std::string counted(kCountReach);
  const std::string sketch = "uniqCombined64" + counted.substr(counted.find('('));
  const auto types = store().Query(
      "SELECT DISTINCT type FROM system.columns WHERE database = 'adtally' AND name = 'users'", {},
      "TSV");
  ASSERT_TRUE(types.ok());
  EXPECT_EQ(*types, "AggregateFunction(" + sketch + ", UInt64)\n");
}

}  // namespace
}  // namespace adtally
