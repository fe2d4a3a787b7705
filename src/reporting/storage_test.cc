#include "reporting/storage.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "store/chdb_test_support.h"
#include "testing/temporary_folder.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

constexpr int64_t kDay = 1'795'910'400;  // 2026-11-29T00:00:00Z

class StorageTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* table :
         {"minute", "hour", "day", "tier_status", "archive_files", "day_accounts"}) {
      ChdbTestStore::Clear(table);
    }
  }

  // Rows of one campaign: `per_row` impressions each, in as many minutes from `from_s` on.
  static void Minutes(int64_t from_s, int rows, int per_row) {
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, "
        "impressions) SELECT toDateTime(" +
        std::to_string(from_s) + " + 60 * number, 'UTC'), 1, 10, " + std::to_string(per_row) +
        " FROM numbers(" + std::to_string(rows) + ")");
  }
  static void Hours(int64_t from_s, int rows, int per_row, Generation generation) {
    ChdbTestStore::Run(
        "INSERT INTO adtally.hour (hour, hour_minutes, generation, advertiser_id, "
        "campaign_id, clicks) SELECT toDateTime(" +
        std::to_string(from_s) + " + 3600 * number, 'UTC'), 60, " + std::to_string(generation) +
        ", 1, 10, " + std::to_string(per_row) + " FROM numbers(" + std::to_string(rows) + ")");
  }
  static void Day(const std::string& day, int events, Generation generation) {
    ChdbTestStore::Run(
        "INSERT INTO adtally.day (day, time_zone, generation, advertiser_id, "
        "campaign_id, conversions) VALUES ('" +
        day + "', 'UTC', " + std::to_string(generation) + ", 1, 10, " + std::to_string(events) +
        ")");
  }
  static void Publish(Tier tier, uint32_t partition, uint8_t first, uint8_t last,
                      Generation generation) {
    TierPartition status{.partition = partition};
    for (uint8_t slot = first; slot <= last; ++slot) {
      status.Set({.slot = slot, .generation = generation, .final = true});
    }
    ASSERT_TRUE(PublishTierStatus(ChdbTestStore::Get(), tier, status, 1).value());
  }

  simdjson::dom::element Storage(const StorageSources& sources = {}) {
    const auto json = RunStorage(ChdbTestStore::Get(), sources);
    EXPECT_TRUE(json.ok()) << json.error().message;
    return parser_.parse(json.ok() ? *json : "{}").value();
  }
  static simdjson::dom::element Kept(simdjson::dom::element storage, std::string_view name) {
    for (const auto kept : storage["kept"].get_array()) {
      if (kept["name"].get_string().value() == name) return kept;
    }
    ADD_FAILURE() << name << " is missing";
    return storage;
  }

 private:
  simdjson::dom::parser parser_;
};

TEST_F(StorageTest, AnEmptyStoreHasNoShares) {
  const auto storage = Storage();
  EXPECT_EQ(0u, storage["events"].get_uint64().value());
  EXPECT_TRUE(storage["bytes_per_event"].is_null());
  EXPECT_TRUE(storage["of_json"].is_null());
  EXPECT_TRUE(storage["store_of_minutes"].is_null());
  EXPECT_TRUE(storage["log_bytes"].is_null());
  EXPECT_EQ(0u, Kept(storage, "minute")["rows"].get_uint64().value());
  EXPECT_TRUE(Kept(storage, "minute")["bytes_per_row"].is_null());
}

TEST_F(StorageTest, EachEventIsCountedInOneTier) {
  ChdbTestStore::Run("INSERT INTO adtally.day_accounts VALUES (1, 'UTC', '1970-01-01', 1)");
  Day("2026-11-28", 1000, 7);  // published
  Day("2026-11-28", 5, 8);     // of a run that was killed
  Publish(Tier::kDay, 202611, 28, 28, 7);
  Hours(kDay - 7200, 2, 300, 3);  // in the day
  Hours(kDay, 2, 20, 3);          // after it
  Hours(kDay, 2, 11, 4);          // of a run that was killed
  Publish(Tier::kHour, 20261128, 22, 23, 3);
  Publish(Tier::kHour, 20261129, 0, 1, 3);
  Minutes(kDay, 20, 1);         // rolled up
  Minutes(kDay + 7200, 30, 1);  // not yet
  EXPECT_EQ(1000u + 2 * 20 + 30, Storage()["events"].get_uint64().value());
}

TEST_F(StorageTest, DaysEndWhereTheAdvertisersCalendarSays) {
  ChdbTestStore::Run("INSERT INTO adtally.day_accounts VALUES (1, 'Asia/Tokyo', '1970-01-01', 1)");
  Day("2026-11-28", 1000, 7);
  Publish(Tier::kDay, 202611, 28, 28, 7);
  Hours(kDay - 10 * 3600, 2, 30,
        3);  // the last hour of that day in Tokyo, and the first of the next
  Publish(Tier::kHour, 20261128, 14, 15, 3);
  EXPECT_EQ(1030u, Storage()["events"].get_uint64().value());
}

TEST_F(StorageTest, AnAdvertiserThatIsNotInDaysYetIsCountedByTheHour) {
  Hours(kDay, 2, 20, 3);
  Publish(Tier::kHour, 20261129, 0, 1, 3);
  EXPECT_EQ(40u, Storage()["events"].get_uint64().value());
}

TEST_F(StorageTest, MinutesOfAllTimeAreEstimatedFromThoseThatAreKept) {
  Hours(kDay - 86'400, 10, 1, 3);
  Hours(kDay, 2, 1, 4);
  Publish(Tier::kHour, 20261128, 0, 23, 3);
  Publish(Tier::kHour, 20261129, 0, 1, 4);
  Minutes(kDay, 25, 1);
  Minutes(kDay + 3600, 25, 1);
  Minutes(kDay + 7200, 50, 1);  // not rolled up: tells nothing
  const auto storage = Storage();
  const auto minutes = storage["as_minutes"];
  EXPECT_EQ(12u, minutes["hour_rows"].get_uint64().value());
  EXPECT_EQ(25.0, minutes["minute_rows_per_hour_row"].get_double().value());
  const auto kept = Kept(storage, "minute");
  EXPECT_EQ(100u, kept["rows"].get_uint64().value());
  const double bytes_per_row = kept["bytes"].get_double().value() / 100;
  EXPECT_NEAR(12 * 25 * bytes_per_row, minutes["bytes"].get_double().value(), 1);
  EXPECT_NEAR(storage["store_bytes"].get_double().value() / minutes["bytes"].get_double().value(),
              storage["store_of_minutes"].get_double().value(), 0.01);
}

TEST_F(StorageTest, OnlyPublishedFilesOfTheArchiveCount) {
  for (const char* generation : {"5", "6"}) {
    ChdbTestStore::Run(std::string("INSERT INTO adtally.archive_files (month, generation, name, "
                                   "rows, bytes) VALUES (202601, ") +
                       generation + ", 'a', 100, 1000), (202601, " + generation +
                       ", 'b', 10, 200)");
  }
  Publish(Tier::kArchive, 202601, 1, 31, 6);
  const auto storage = Storage();
  EXPECT_EQ(1200u, storage["archive_bytes"].get_uint64().value());
  EXPECT_EQ(110u, Kept(storage, "archive")["rows"].get_uint64().value());
  EXPECT_EQ(2u, Kept(storage, "archive")["files"].get_uint64().value());
}

TEST_F(StorageTest, TheLogIsMeasuredWhereItIs) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/log/deeper");
  std::ofstream(folder.path() + "/log/a") << "12345";
  std::ofstream(folder.path() + "/log/deeper/b") << "678";
  EXPECT_EQ(8u, Storage({.log_folder = folder.path() + "/log"})["log_bytes"].get_uint64().value());
  EXPECT_EQ(0u, Storage({.log_folder = folder.path() + "/no"})["log_bytes"].get_uint64().value());
}

TEST_F(StorageTest, AClusterIsRefused) {
  const auto refused = RunStorage(ChdbTestStore::Get(), {.cluster = true});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(ErrorCode::kInvalidArgument, refused.error().code);
}

}  // namespace
}  // namespace adtally
