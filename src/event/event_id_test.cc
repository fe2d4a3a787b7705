#include "event/event_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <thread>
#include <vector>

#include "event/event.h"

namespace adtally {
namespace {

TEST(EventId, UuidV7HasTheTimeInFrontAndTheVersion) {
  const std::string id = NewUuidV7(0x0123456789ab);
  EXPECT_THAT(id,
              testing::MatchesRegex("01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_LT(NewUuidV7(1'790'000'000'000), NewUuidV7(1'790'000'000'001));
}

TEST(EventId, UuidsOfManyThreadsDiffer) {
  constexpr size_t kThreads = 4;
  constexpr size_t kEach = 5000;
  std::vector<std::vector<std::string>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (size_t i = 0; i < kEach; ++i) ids.push_back(NewUuidV7(1'790'000'000'000));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), kThreads * kEach);
}

TEST(EventId, DerivedIdsStayReadable) {
  EXPECT_EQ(ImpressionEventId("imp-7"), "i-imp-7");
  EXPECT_EQ(ClickEventId("imp-7"), "c-imp-7");
  EXPECT_EQ(ConversionEventId("imp-7", "order-1"), ConversionEventId("imp-7", "order-1"));
}

TEST(EventId, DerivedIdsAreValidAndDistinctWhateverTheInputs) {
  EXPECT_TRUE(rc::check([](const std::string& a, const std::string& b, const std::string& order) {
    const auto long_a = a + std::string(*rc::gen::inRange<size_t>(0, 100), 'x');
    const std::set<std::string> ids = {ImpressionEventId(long_a), ClickEventId(long_a),
                                       ConversionEventId(long_a, order)};
    RC_ASSERT(ids.size() == 3U);
    for (const std::string& id : ids) RC_ASSERT(IsValidEventId(id));
    RC_ASSERT((ClickEventId(a) == ClickEventId(b)) == (a == b));
  }));
}

TEST(EventId, NoOrderIdMovesTheBorderToTheImpressionId) {
  EXPECT_NE(ConversionEventId("a", "bc"), ConversionEventId("ab", "c"));
  EXPECT_NE(ConversionEventId("abc", ""), ConversionEventId("", "abc"));
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto i = *rc::gen::inRange<size_t>(0, text.size() + 1);
    const auto j = *rc::gen::inRange<size_t>(0, text.size() + 1);
    const bool same = ConversionEventId(text.substr(0, i), text.substr(i)) ==
                      ConversionEventId(text.substr(0, j), text.substr(j));
    RC_ASSERT(same == (i == j));
  }));
}

TEST(EventId, AHashedIdNeverMeetsAReadableOne) {
  const std::string hashed = ClickEventId(std::string(100, 'x'));
  EXPECT_NE(ClickEventId(hashed.substr(2)), hashed);
}

}  // namespace
}  // namespace adtally
