#include "counting/reach_users.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace adtally {
namespace {

using Added = std::vector<std::pair<ReachKey, uint64_t>>;

Added AnyAdded() {
  const auto groups = *rc::gen::element<uint32_t>(1, 3, 5000);
  const auto users = *rc::gen::element<uint64_t>(1, 20, UINT64_MAX - 1);
  const auto count = *rc::gen::inRange<size_t>(0, 8000);
  std::mt19937_64 random(*rc::gen::noShrink(rc::gen::arbitrary<uint64_t>()));
  Added added;
  for (size_t i = 0; i < count; ++i) {
    const auto n = static_cast<uint32_t>(random() % groups);
    added.emplace_back(ReachKey{n % 2, 1 + n / 100, n % 100}, 1 + random() % users);
  }
  return added;
}

Reach ByHand(const Added& added) {
  std::map<ReachKey, std::set<uint64_t>> users;
  for (const auto& [key, user] : added) users[key].insert(user);
  Reach reach;
  for (const auto& [key, of_key] : users) {
    reach.users.insert(reach.users.end(), of_key.begin(), of_key.end());
    reach.groups.push_back({key, static_cast<uint32_t>(reach.users.size())});
  }
  return reach;
}

TEST(ReachUsers, EachUserOnceInOrderWhateverWasAddedHowever) {
  EXPECT_TRUE(rc::check("any keys and users, twice", [] {
    ReachUsers reach;
    for (int repeat = 0; repeat < 2; ++repeat) {
      const Added added = AnyAdded();
      for (const auto& [key, user] : added) reach.Add(key, user);
      RC_ASSERT(reach.size() == added.size());
      RC_ASSERT(reach.Sorted() == ByHand(added));
      reach.Clear();
      RC_ASSERT(reach.size() == 0u);
    }
    RC_ASSERT(reach.Sorted() == Reach());
  }));
}

TEST(ReachUsers, AViewingIsOfItsQuarterOfAnHour) {
  Event event;
  event.time = EventTime(1'790'000'100'000 - 1);
  event.dimensions.advertiser_id = 3;
  event.dimensions.campaign_id = 4;
  event.user_hash = 9;
  const Viewing viewing = ViewingOf(event, 5);
  EXPECT_EQ(viewing.key, (ReachKey{1'988'888, 3, 4}));
  EXPECT_EQ(viewing.event, 5u);
  EXPECT_EQ(viewing.user_hash, 9u);
}

}  // namespace
}  // namespace adtally
