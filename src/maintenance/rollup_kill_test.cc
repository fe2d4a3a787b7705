#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "maintenance/day_rows.h"
#include "maintenance/hour_rows.h"
#include "maintenance/maintenance.h"
#include "maintenance/reach_rows.h"
#include "store/chdb_store.h"
#include "store/migrations.h"
#include "store/row_binary_reader.h"
#include "testing/killed_child.h"
#include "testing/manual_clock.h"
#include "testing/temporary_folder.h"
#include "tiers/reach_sketch.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

constexpr char kFolderVariable[] = "ADTALLY_ROLLUP_KILL_TEST_FOLDER";
constexpr int kKills = 200;
constexpr int64_t kBeginS = 1'795'132'800;  // 2026-11-20T00:00:00Z
constexpr int64_t kStepS = 1800;
constexpr uint32_t kAdvertisers = 3;
constexpr const char* kZones[kAdvertisers] = {"Europe/Berlin", "Asia/Kolkata", "UTC"};
constexpr int64_t kOffsetsS[kAdvertisers] = {3600, 19'800, 0};  // in winter

// The truth: what event number n says. Each step of time brings one event of now and a late one.
struct TestEvent {
  int64_t minute_s;
  uint32_t advertiser;
  uint64_t impressions;
};

int64_t TimeOf(uint64_t n) {
  return kBeginS + static_cast<int64_t>(n) * kStepS;
}

std::vector<TestEvent> EventsOf(uint64_t n) {
  std::mt19937_64 random(n);
  const int64_t late_s = static_cast<int64_t>(random() % 80) * 900;
  return {{TimeOf(n), static_cast<uint32_t>(random() % kAdvertisers) + 1, random() % 1000 + 1},
          {std::max(kBeginS, TimeOf(n) - late_s),
           static_cast<uint32_t>(random() % kAdvertisers) + 1, random() % 1000 + 1}};
}

// Sums by a time, seconds since the epoch, and advertiser.
using Sums = std::map<std::pair<int64_t, uint32_t>, uint64_t>;

Sums TruthByHour(uint64_t last) {
  Sums sums;
  for (uint64_t n = 1; n <= last; ++n) {
    for (const TestEvent& event : EventsOf(n)) {
      sums[{event.minute_s / kHourS * kHourS, event.advertiser}] += event.impressions;
    }
  }
  return sums;
}

// By the day of the advertiser's zone. Every event is seen by another user.
struct LocalDays {
  Sums impressions;
  Sums users;
};

LocalDays TruthByLocalDay(uint64_t last) {
  LocalDays truth;
  for (uint64_t n = 1; n <= last; ++n) {
    for (const TestEvent& event : EventsOf(n)) {
      const int64_t local_s = event.minute_s + kOffsetsS[event.advertiser - 1];
      const std::pair key(local_s / kDayS * kDayS, event.advertiser);
      truth.impressions[key] += event.impressions;
      ++truth.users[key];
    }
  }
  return truth;
}

// The rows of each advertiser in its own zone.
std::string OwnZone() {
  std::string condition = " AND time_zone = multiIf(";
  for (uint32_t a = 0; a < kAdvertisers; ++a) {
    condition += "advertiser_id = " + std::to_string(a + 1) + ", '" + kZones[a] + "', ";
  }
  return condition + "'')";
}

// What a child works on: a store, and the number of the last event as its log.
class Child {
 public:
  explicit Child(const std::string& folder) {
    auto opened = ChdbStore::Open({.path = folder, .connections = 2}, NullLogger());
    ADTALLY_CHECK(opened.ok(), opened.error().message);
    store_ = std::move(opened).value();
    const auto migrated = Migrate(*store_);
    ADTALLY_CHECK(migrated.ok(), migrated.error().message);
    Run("CREATE TABLE IF NOT EXISTS adtally.test_log (n UInt64) ENGINE = MergeTree ORDER BY n "
        "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1");
    last_ = Number("SELECT max(n) FROM adtally.test_log");
    if (last_ != 0) {
      Deliver(last_);
      return;
    }
    Run("INSERT INTO adtally.advertisers (id, name, time_zone, currency, updated_ms) VALUES "
        "(1, 'a', 'Europe/Berlin', 'EUR', 1), (2, 'b', 'Asia/Kolkata', 'INR', 1)");
  }

  uint64_t last() const { return last_; }
  Store& store() { return *store_; }

  void Append() {
    ++last_;
    Run("INSERT INTO adtally.test_log VALUES (" + std::to_string(last_) + ")");
    Deliver(last_);
  }

  // The hour tier holds the truth in all that may be read there, the minutes all that may not.
  void ExpectHoursAreRight();
  void ExpectDaysAreRight();

 private:
  void Run(const std::string& sql) {
    const auto done = store_->Query(sql, {}, "");
    ADTALLY_CHECK(done.ok(), done.error().message);
  }
  uint64_t Number(const std::string& sql) {
    const auto text = store_->Query(sql, {}, "TSV");
    ADTALLY_CHECK(text.ok(), text.error().message);
    return std::stoull(*text);
  }

  // Each event with its receipt, unless that is there.
  void Deliver(uint64_t n) {
    uint32_t part = 0;
    for (const TestEvent& event : EventsOf(n)) {
      const std::string hour = std::to_string(event.minute_s / kHourS * kHourS);
      const std::string receipt = std::to_string(n * 2 + part++);
      if (Number("SELECT count() FROM adtally.minute WHERE advertiser_id = 0 AND minute = "
                 "toDateTime(" +
                 hour + ", 'UTC') AND creative_id = " + receipt) != 0) {
        continue;
      }
      Run("INSERT INTO adtally.reach_quarter (quarter, advertiser_id, campaign_id, user_hashes) "
          "VALUES (toDateTime(" +
          std::to_string(event.minute_s / 900 * 900) + ", 'UTC'), " +
          std::to_string(event.advertiser) + ", 1, [cityHash64(" + receipt + ")])");
      Run("INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, "
          "impressions) VALUES (toDateTime(" +
          std::to_string(event.minute_s) + ", 'UTC'), " + std::to_string(event.advertiser) +
          ", 1, 1, " + std::to_string(event.impressions) + "), (toDateTime(" + hour +
          ", 'UTC'), 0, 1, " + receipt + ", 0)");
    }
  }

  Sums Read(const std::string& time, const std::string& rows,
            const std::string& sum = "sum(impressions)") {
    const auto answer = RunStatement(*store_,
                                     {"SELECT toUInt32(" + time + ") AS t, advertiser_id, " + sum +
                                          " FROM " + rows + " GROUP BY t, advertiser_id",
                                      {}},
                                     "RowBinary");
    ADTALLY_CHECK(answer.ok(), answer.error().message);
    Sums sums;
    RowBinaryReader reader(*answer);
    while (!reader.done()) {
      const int64_t time_s = reader.UInt32();
      const uint32_t advertiser = reader.UInt32();
      sums[{time_s, advertiser}] = reader.UInt64();
    }
    EXPECT_TRUE(reader.ok());
    return sums;
  }

  std::unique_ptr<Store> store_;
  uint64_t last_ = 0;
};

// The sums of `all` in one hour or day.
Sums At(const Sums& all, int64_t time_s) {
  return {all.lower_bound({time_s, 0}), all.lower_bound({time_s + 1, 0})};
}

void Child::ExpectHoursAreRight() {
  const Sums truth = TruthByHour(last_);
  const auto status = ReadTierStatus(*store_, Tier::kHour).value();
  const int64_t end_s = TimeOf(last_) / kHourS * kHourS + kHourS;
  const auto marks = HourMarks(*store_, kBeginS, end_s).value();
  const auto floors = ReadTierFloors(*store_).value();
  const int64_t floor_s = floors.contains(Tier::kMinute) ? floors.at(Tier::kMinute) : 0;
  const Sums minutes = Read("toStartOfHour(minute)", "adtally.minute WHERE advertiser_id != 0");
  const Sums hours = Read("toStartOfHour(hour)", PublishedHourRows(status, kBeginS, end_s));
  for (int64_t at = kBeginS; at < end_s; at += kHourS) {
    const TierSlot* slot = FindHour(status, at);
    if (at >= floor_s) {
      EXPECT_EQ(At(truth, at), At(minutes, at)) << "minutes of " << at;
    } else {
      EXPECT_TRUE(slot != nullptr && slot->final) << at << " is nowhere";
    }
    const auto mark = marks.find(at);
    const uint64_t now = mark == marks.end() ? kEmptyHourMark : mark->second;
    if (slot == nullptr || (!slot->final && slot->mark != now)) continue;
    EXPECT_EQ(At(truth, at), At(hours, at)) << "hour " << at;
  }
}

void Child::ExpectDaysAreRight() {
  const LocalDays truth = TruthByLocalDay(last_);
  const std::string time = "toDateTime(day, 'UTC')";
  const auto days = ReadTierStatus(*store_, Tier::kDay).value();
  for (const auto& [number, month] : days) {
    for (const TierSlot& slot : month.slots) {
      const LocalDay day{number, slot.slot};
      EXPECT_EQ(At(truth.impressions, day.utc_s()),
                Read(time, DayRows(slot.generation, day) + OwnZone()))
          << day.text();
    }
  }
  const auto reach = ReadTierStatus(*store_, Tier::kReach).value();
  for (const auto& [number, month] : reach) {
    for (const TierSlot& slot : month.slots) {
      const LocalDay day{number, slot.slot};
      EXPECT_EQ(At(truth.users, day.utc_s()),
                Read(time, ReachRows(slot.generation, day) + OwnZone(),
                     std::string(kCountReach) + "(users)"))
          << "reach of " << day.text();
    }
  }
}

// The child: checks what the last one left, says that it is right by the number of its last event,
// then brings events and keeps the tiers until it is killed.
TEST(RollupKill, DISABLED_Child) {
  const char* folder = std::getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr);
  Child child(folder);
  child.ExpectHoursAreRight();
  child.ExpectDaysAreRight();
  if (HasFailure()) return;
  const uint64_t last = child.last();
  ASSERT_EQ(ssize_t{sizeof(last)}, write(kAcknowledgedFd, &last, sizeof(last)));

  ManualClock clock(TimeOf(last) * 1000);
  MaintenanceOptions options;
  options.rollup_delay_ms = 0;
  options.retention.minute_days = 2;
  options.alone = true;
  Maintenance maintenance(
      options, [&] { return TimeOf(child.last()) * 1000; }, child.store(), clock, NullLogger());
  while (true) {
    for (int i = 0; i < 3; ++i) child.Append();
    clock.Set(TimeOf(child.last()) * 1000);
    const MaintenanceSummary done = maintenance.RunPass({});
    ASSERT_EQ(std::vector<std::string>(), done.problems);
  }
}

TEST(RollupKill, NoNumberIsLostOrWrong) {
  TemporaryFolder folder;
  setenv(kFolderVariable, folder.path().c_str(), 1);
  std::mt19937 random(11);
  uint64_t last = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    const std::chrono::microseconds time(random() % 250'000);
    const auto numbers = RunTestAndKill("RollupKill.DISABLED_Child", time, KillAfter::kFirstNumber);
    ASSERT_EQ(1u, numbers.size()) << "what kill " << kill << " left is wrong";
    EXPECT_GE(numbers[0], last);
    last = numbers[0];
  }
  EXPECT_GT(last, 200u) << "the children hardly came to do anything";
}

}  // namespace
}  // namespace adtally
