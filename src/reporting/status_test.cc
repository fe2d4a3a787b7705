// The state of tiers, archive and ledger as the real engine holds it.
#include "reporting/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"
#include "tiers/archive_files.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

using testing::HasSubstr;

constexpr int64_t kNowMs = 2'235'823'290'500;  // 2040-11-06T14:01:30.5Z

class FixedMaintenance final : public MaintenanceCalls {
 public:
  Result<std::string> RollUp() override { return std::string("{}"); }
  Result<std::string> MoveToArchive() override { return std::string("{}"); }
  MaintenanceState State() const override {
    return {.passes = 5,
            .failed_passes = 1,
            .last_ended_ms = kNowMs,
            .last_duration_ms = 1500,
            .last_problems = {"a \"day\" could not be rolled up"}};
  }
};

class StatusTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto table : {"ledger", "tier_status", "tier_floor", "archive_files"}) {
      ChdbTestStore::Clear(table);
    }
  }

  static void Publish(Tier tier, uint32_t partition, uint8_t first, uint8_t last,
                      uint8_t final_to = 0, Generation generation = 7) {
    TierPartition status{.partition = partition};
    for (uint8_t slot = first; slot <= last; ++slot) {
      status.Set({.slot = slot, .generation = generation, .final = slot < final_to});
    }
    ASSERT_TRUE(PublishTierStatus(ChdbTestStore::Get(), tier, status, 1).value());
  }

  static std::string Status(const StatusSources& sources = {}) {
    auto status = RunStatus(ChdbTestStore::Get(), sources, kNowMs);
    EXPECT_TRUE(status.ok()) << status.error().message;
    return status.ok() ? *status : "";
  }
};

TEST_F(StatusTest, OfANewStoreNothingIsKnown) {
  EXPECT_EQ(Status(),
            R"({"time":"2040-11-06T14:01:30.500Z","ledger":{"from":"2040-11-05T14:02:00Z",)"
            R"("to":"2040-11-06T14:02:00Z","received":0,"counted":0,"duplicate":0,)"
            R"("invalid":{"bot":0},"late":0,"rejected":0,"difference":0},"tiers":[)"
            R"({"name":"minute","from":null,"rolled_up_to":null,"final_to":null},)"
            R"({"name":"hour","from":null,"rolled_up_to":null,"final_to":null},)"
            R"({"name":"day","from":null,"rolled_up_to":null,"final_to":null},)"
            R"({"name":"reach","from":null,"rolled_up_to":null,"final_to":null}],)"
            R"("archive":[],"maintenance":null,"rejections":null})");
}

TEST_F(StatusTest, TheLedgerIsThatOfTheLastDay) {
  ChdbTestStore::Run(
      "INSERT INTO adtally.ledger (append_minute, log_partition, end_offset, received, counted, "
      "duplicate, invalid_bot, late, rejected) VALUES "
      "('2040-11-05 14:01:00', 0, 1, 900, 900, 0, 0, 0, 0), "  // too old
      "('2040-11-05 14:02:00', 0, 5, 100, 80, 10, 5, 3, 2), "
      "('2040-11-06 14:01:00', 0, 9, 11, 8, 0, 0, 0, 0)");
  EXPECT_THAT(Status(), HasSubstr(R"("received":111,"counted":88,"duplicate":10,)"
                                  R"("invalid":{"bot":5},"late":3,"rejected":2,"difference":3})"));
}

TEST_F(StatusTest, ATierIsRolledUpToItsFirstGap) {
  Publish(Tier::kHour, 20401103, 8, 9);
  EXPECT_THAT(Status(), HasSubstr(R"({"name":"hour","from":"2040-11-03T08:00:00Z",)"
                                  R"("rolled_up_to":"2040-11-03T10:00:00Z","final_to":null})"));
  ChdbTestStore::Clear("tier_status");
  Publish(Tier::kHour, 20401104, 5, 23, 24);
  Publish(Tier::kHour, 20401105, 0, 23, 9);
  Publish(Tier::kHour, 20401106, 0, 10);
  Publish(Tier::kDay, 204010, 30, 31);
  Publish(Tier::kDay, 204011, 1, 4);
  std::string status = Status();
  EXPECT_THAT(status, HasSubstr(R"({"name":"hour","from":"2040-11-04T05:00:00Z",)"
                                R"("rolled_up_to":"2040-11-06T11:00:00Z",)"
                                R"("final_to":"2040-11-05T09:00:00Z"})"));
  EXPECT_THAT(status, HasSubstr(R"({"name":"day","from":"2040-10-30T00:00:00Z",)"
                                R"("rolled_up_to":"2040-11-05T00:00:00Z",)"
                                R"("final_to":"2040-11-05T00:00:00Z"})"));

  Publish(Tier::kHour, 20401108, 3, 5);  // behind a gap
  ASSERT_TRUE(RaiseTierFloor(ChdbTestStore::Get(), Tier::kMinute, DayStart(20401102)).value());
  ASSERT_TRUE(RaiseTierFloor(ChdbTestStore::Get(), Tier::kDay, MonthStart(204011)).value());
  status = Status();
  EXPECT_THAT(status, HasSubstr(R"("rolled_up_to":"2040-11-06T11:00:00Z")"));
  EXPECT_THAT(status, HasSubstr(R"({"name":"minute","from":"2040-11-02T00:00:00Z",)"));
  EXPECT_THAT(status, HasSubstr(R"({"name":"day","from":"2040-11-01T00:00:00Z",)"));
}

TEST_F(StatusTest, AMonthOfTheArchiveHasTheFilesOfWhatIsPublished) {
  const auto file = [](uint32_t month, Generation generation, std::string name, uint64_t rows) {
    return ArchiveFile{.month = month,
                       .generation = generation,
                       .name = std::move(name),
                       .first_advertiser_id = 1,
                       .last_advertiser_id = 9,
                       .rows = rows,
                       .bytes = rows * 10};
  };
  ASSERT_TRUE(AddArchiveFiles(ChdbTestStore::Get(),
                              {file(204009, 7, "a", 100), file(204009, 7, "b", 20),
                               file(204009, 8, "given up", 5000), file(204010, 7, "c", 3)})
                  .ok());
  Publish(Tier::kArchive, 204009, 1, 30);
  Publish(Tier::kArchive, 204010, 1, 31);
  EXPECT_THAT(Status(),
              HasSubstr(R"("archive":[{"month":"2040-10","days":31,"files":1,"rows":3,"bytes":30},)"
                        R"({"month":"2040-09","days":30,"files":2,"rows":120,"bytes":1200}])"));
}

TEST_F(StatusTest, TellsWhatTheProcessKnows) {
  const FixedMaintenance maintenance;
  const ManualClock clock(kNowMs);
  RecentRejections rejections(clock);
  rejections.Count(3);
  rejections.Add("log", "partition 1, offset 2, event 1", "country: expected two letters",
                 "{\"a\":\"<b>\xFF\"}");
  const std::string status = Status({&maintenance, &rejections});
  EXPECT_THAT(status, HasSubstr(R"("maintenance":{"passes":5,"failed_passes":1,)"
                                R"("last_ended":"2040-11-06T14:01:30.500Z","last_seconds":1.5,)"
                                R"("problems":["a \"day\" could not be rolled up"]})"));
  EXPECT_THAT(status, HasSubstr(R"("rejections":{"refused_by_edge":3,"recent":[)"
                                R"({"time":"2040-11-06T14:01:30.500Z","source":"log",)"
                                R"("place":"partition 1, offset 2, event 1",)"
                                R"("reason":"country: expected two letters","event":"{\"a\":\"<b>)"
                                "\xEF\xBF\xBD"
                                R"(\"}"}]})"));
}

}  // namespace
}  // namespace adtally
