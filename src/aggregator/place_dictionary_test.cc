#include "aggregator/place_dictionary.h"

#include <gtest/gtest.h>

#include <string>

namespace adtally {
namespace {

TEST(PlaceDictionaryTest, NumbersInTheOrderOfAppearance) {
  PlaceDictionary places;
  EXPECT_EQ(places.NumberOf(*ParseRegion("CA")), 1);
  EXPECT_EQ(places.NumberOf(*ParseRegion("")), 0);
  EXPECT_EQ(places.NumberOf(*ParseRegion("ENG")), 2);
  EXPECT_EQ(places.NumberOf(*ParseRegion("CA")), 1);
  EXPECT_EQ(places.NumberOf(*ParseRegion("9")), 3);
  const auto keys = places.keys();
  EXPECT_EQ(std::vector<std::string>(keys.begin(), keys.end()),
            (std::vector<std::string>{"", "CA", "ENG", "9"}));
}

TEST(PlaceDictionaryTest, HoldsEveryRegionThereCanBe) {
  std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  PlaceDictionary places;
  for (int repeat = 0; repeat < 2; ++repeat) {
    uint16_t expected = 0;
    const auto number = [&](std::string_view code) { return places.NumberOf(*ParseRegion(code)); };
    for (char a : letters) {
      ASSERT_EQ(number(std::string{a}), ++expected);
      for (char b : letters) {
        ASSERT_EQ(number(std::string{a, b}), ++expected);
        for (char c : letters) ASSERT_EQ(number(std::string{a, b, c}), ++expected);
      }
    }
    EXPECT_EQ(places.keys().size(), expected + 1u);
    EXPECT_EQ(number("A"), 1);
    EXPECT_EQ(number("999"), expected);
    places.Clear();
    EXPECT_EQ(places.keys().size(), 1u);
  }
}

}  // namespace
}  // namespace adtally
