#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maintenance/hour_rows.h"
#include "maintenance/local_days.h"
#include "maintenance/maintenance_pass.h"
#include "maintenance/rollup_days.h"
#include "maintenance/rollup_hours.h"
#include "store/chdb_test_support.h"
#include "store/row_binary_reader.h"
#include "testing/manual_clock.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {

inline constexpr int64_t kBaseS = 1'795'996'800;  // 2026-11-30T00:00:00Z, when tests begin

// Passes all on to another store, but acts before the first statement that begins with `prefix`.
class ActingStore : public Store {
 public:
  ActingStore(Store& store, std::string prefix, std::function<void()> act)
      : store_(store), prefix_(std::move(prefix)), act_(std::move(act)) {}

  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override {
    if (sql.starts_with(prefix_)) {
      if (const auto act = std::exchange(act_, nullptr)) act();
    }
    return store_.Query(sql, params, format);
  }
  Result<void> Insert(std::string_view into, std::string_view block,
                      std::string_view token) override {
    return store_.Insert(into, block, token);
  }

 private:
  Store& store_;
  const std::string prefix_;
  std::function<void()> act_;
};

// Says of statements that begin with `prefix` that they are done, without doing them.
class DroppingStore final : public ActingStore {
 public:
  DroppingStore(Store& store, std::string prefix)
      : ActingStore(store, "", nullptr), dropped_(std::move(prefix)) {}

  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override {
    if (sql.starts_with(dropped_)) return std::string();
    return ActingStore::Query(sql, params, format);
  }

 private:
  const std::string dropped_;
};

// For tests of single steps: an empty store. Times are seconds after kBaseS.
class MaintenanceTest : public testing::Test {
 protected:
  struct Traffic {
    uint32_t advertiser = 1;
    uint32_t campaign = 1;
    uint64_t impressions = 1;
  };

  void SetUp() override {
    for (const auto* table :
         {"minute", "hour", "day", "tier_status", "tier_floor", "day_accounts", "advertisers"}) {
      ChdbTestStore::Clear(table);
    }
  }

  static Store& store() { return ChdbTestStore::Get(); }

  // One row of traffic with a receipt of its own, as a delivery brings it.
  void Deliver(int64_t hour, int64_t second, const Traffic& traffic) {
    const std::string receipt = std::to_string(++end_offset_);
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, "
        "creative_id, impressions) VALUES (" +
        Time(hour + second / 60 * 60) + ", " + std::to_string(traffic.advertiser) + ", " +
        std::to_string(traffic.campaign) + ", 1, " + std::to_string(traffic.impressions) + "), (" +
        Time(hour) + ", 0, 1, " + receipt + ", 0)");
  }

  static void SetZone(uint32_t advertiser, const std::string& zone) {
    static uint64_t version = 0;
    ChdbTestStore::Run(
        "INSERT INTO adtally.advertisers (id, name, time_zone, currency, "
        "updated_ms) VALUES (" +
        std::to_string(advertiser) + ", 'a', '" + zone + "', 'EUR', " + std::to_string(++version) +
        ")");
  }

  // Rolls hours up when everything appended until `complete_to` is delivered.
  HourRollup Roll(int64_t complete_to) {
    auto done = RollUpHours(pass(), (kBaseS + complete_to) * 1000, 120'000);
    EXPECT_TRUE(done.ok()) << done.error().message;
    return done.ok() ? std::move(done).value() : HourRollup();
  }

  MaintenancePass pass() { return {store(), clock_, {}}; }

  static std::string Ask(const std::string& select) {
    auto text = store().Query("SELECT " + select, {}, "TSV");
    EXPECT_TRUE(text.ok()) << text.error().message;
    return text.ok() ? std::move(text).value() : "";
  }
  static uint64_t Number(const std::string& expression) { return std::stoull(Ask(expression)); }
  static uint64_t Count(const std::string& rows) { return Number("count() FROM " + rows); }

  static std::map<uint32_t, TierPartition> Status(Tier tier) {
    auto status = ReadTierStatus(store(), tier);
    EXPECT_TRUE(status.ok()) << status.error().message;
    return status.ok() ? std::move(status).value() : std::map<uint32_t, TierPartition>();
  }
  static TierPartition Day(uint32_t day) { return Status(Tier::kHour)[day]; }

  // Every published hour holds the sums of its minutes.
  static void ExpectHoursHoldMinutes() {
    for (const auto& [number, day] : Status(Tier::kHour)) {
      for (const TierSlot& slot : day.slots) {
        const int64_t hour_s = DayStart(number) + slot.slot * kHourS;
        EXPECT_EQ(Number(ContentHash(MinuteRows(hour_s))),
                  Number(ContentHash(HourRows(slot.generation, hour_s))))
            << number << " " << int{slot.slot};
      }
    }
  }

  static std::string Time(int64_t s) {
    return "toDateTime(" + std::to_string(kBaseS + s) + ", 'UTC')";
  }

  ManualClock clock_{(kBaseS + 40 * 86'400) * 1000};

 private:
  uint64_t end_offset_ = 0;
};

}  // namespace adtally
