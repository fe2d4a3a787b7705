#include "base/time_scanner.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(TimeScanner, ReadsPartByPart) {
  TimeScanner in("2026-11-23 08:0450+01:30");
  EXPECT_EQ(in.Date(), std::chrono::year(2026) / 11 / 23);
  EXPECT_EQ(in.Accept("T"), '\0');
  EXPECT_EQ(in.Expect("T "), ' ');
  EXPECT_EQ(in.Number(2, 23), 8);
  EXPECT_EQ(in.Expect(":"), ':');
  EXPECT_EQ(in.Digits(), "0450");
  EXPECT_EQ(in.OffsetMinutes("+-"), 90);
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.AtEnd());
}

TEST(TimeScanner, FailsForGood) {
  TimeScanner in("24:00");
  in.Number(2, 23);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.Expect(":"), ':');
  EXPECT_EQ(in.Number(2, 59), 0);
  EXPECT_TRUE(in.AtEnd());
  EXPECT_FALSE(in.ok());
}

TEST(TimeScanner, WestIsNegative) {
  EXPECT_EQ(TimeScanner("-03:30").OffsetMinutes("+-"), -210);
  EXPECT_EQ(TimeScanner("z").OffsetMinutes("+-"), 0);
  EXPECT_EQ(TimeScanner(" 02:00").OffsetMinutes("+- "), 120);
}

}  // namespace
}  // namespace adtally
