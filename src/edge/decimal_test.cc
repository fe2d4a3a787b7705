#include "edge/decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdio>
#include <string>

namespace adtally {
namespace {

constexpr int64_t kMax = 1'000'000'000'000;

TEST(Decimal, IsExact) {
  EXPECT_EQ(ParseDecimalMicros("12.34", kMax), 12'340'000);
  EXPECT_EQ(ParseDecimalMicros("0", kMax), 0);
  EXPECT_EQ(ParseDecimalMicros("0.000001", kMax), 1);
  EXPECT_EQ(ParseDecimalMicros("0.1", kMax), 100'000);
  EXPECT_EQ(ParseDecimalMicros("007.5", kMax), 7'500'000);
  EXPECT_EQ(ParseDecimalMicros("1000000", kMax), kMax);
  EXPECT_EQ(ParseDecimalMicros("0000000000000000000000000001", kMax), 1'000'000);
}

TEST(Decimal, RefusesWhatIsNotOne) {
  for (const char* text :
       {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "1 ", "1.0000000", "1.2.3", "NaN",
        "0x10", "1000000.000001", "99999999999999999999999", "1000001", "\xd9\xa1"}) {
    EXPECT_EQ(ParseDecimalMicros(text, kMax), std::nullopt) << text;
  }
}

TEST(Decimal, ReadsBackWhatWasWritten) {
  EXPECT_TRUE(rc::check([] {
    const int64_t micros = *rc::gen::inRange<int64_t>(0, kMax + 1);
    char text[40];
    std::snprintf(text, sizeof(text), "%lld.%06lld", static_cast<long long>(micros / 1'000'000),
                  static_cast<long long>(micros % 1'000'000));
    RC_ASSERT(ParseDecimalMicros(text, kMax) == micros);
  }));
}

}  // namespace
}  // namespace adtally
