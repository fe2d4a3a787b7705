#include "maintenance/click_retention.h"

#include "maintenance/maintenance_test_support.h"

namespace adtally {
namespace {

class ClickRetentionTest : public MaintenanceTest {
 protected:
  void SetUp() override {
    MaintenanceTest::SetUp();
    ChdbTestStore::Clear("click_conversion");
  }

  static void Convert(const std::string& minute) {
    ChdbTestStore::Run(
        "INSERT INTO adtally.click_conversion (minute, advertiser_id, click_conversions, "
        "delivered_to) VALUES ('" +
        minute + "', 1, 1, 0), ('" + minute + "', 0, 0, 5)");
  }
  static std::string Months() {
    return Ask("DISTINCT _partition_id FROM adtally.click_conversion ORDER BY ALL");
  }
};

TEST_F(ClickRetentionTest, MonthsGoWithTheDays) {
  for (const char* minute : {"2024-10-31 23:59:00", "2024-11-01 00:00:00", "2026-11-30 12:00:00"}) {
    Convert(minute);
  }
  ClickRetention retention;
  EXPECT_EQ(0u, retention.Apply(pass(), 0).value()) << "days are kept";
  ASSERT_TRUE(RaiseTierFloor(store(), Tier::kDay, MonthStart(202411)).value());
  EXPECT_EQ(0u, retention.Apply(pass(), 1000).value()) << "reports that began before may read on";
  clock_.Advance(1000);
  EXPECT_EQ(1u, retention.Apply(pass(), 1000).value());
  EXPECT_EQ("202411\n202611\n", Months());

  // A conversion of a click of then that is counted now.
  Convert("2024-10-31 23:59:00");
  EXPECT_EQ(1u, retention.Apply(pass(), 0).value());
  EXPECT_EQ("202411\n202611\n", Months());
}

}  // namespace
}  // namespace adtally
