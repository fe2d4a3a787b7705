#include "counting/dedup_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

namespace adtally {
namespace {

constexpr uint8_t kNeverSeen = DedupTable::kNeverSeen;
constexpr uint32_t kHour = 497'222;

Hash128 Id(uint64_t n) {
  return HashBytes({reinterpret_cast<const char*>(&n), sizeof n});
}

void InsertInBatches(DedupTable& table, std::span<const Hash128> ids, std::span<uint8_t> ages) {
  for (size_t from = 0; from < ids.size(); from += DedupTable::kMaxBatch) {
    const size_t count = std::min(DedupTable::kMaxBatch, ids.size() - from);
    table.InsertBatch(ids.subspan(from, count), ages.subspan(from, count));
  }
}

TEST(DedupTable, RemembersAnIdForTheWindow) {
  DedupTable table({.window_hours = 25, .max_ids = 1000});
  table.AdvanceTo(kHour);
  EXPECT_EQ(table.Insert(Id(1)), kNeverSeen);
  EXPECT_EQ(table.Insert(Id(1)), 0);
  table.AdvanceTo(kHour + 25);
  EXPECT_EQ(table.Insert(Id(1)), 25);
  EXPECT_EQ(table.Insert(Id(2)), kNeverSeen);
}

TEST(DedupTable, ForgetsAnIdAfterTheWindow) {
  DedupTable table({.window_hours = 25, .max_ids = 1000});
  table.AdvanceTo(kHour);
  table.Insert(Id(1));
  table.AdvanceTo(kHour + 26);
  EXPECT_FALSE(table.Contains(Id(1)));
  EXPECT_EQ(table.live_ids(), 0u);
  EXPECT_EQ(table.Insert(Id(1)), kNeverSeen);
}

TEST(DedupTable, EverySightExtendsTheMemory) {
  DedupTable table({.window_hours = 25, .max_ids = 1000});
  table.AdvanceTo(kHour);
  table.Insert(Id(1));
  table.AdvanceTo(kHour + 20);
  EXPECT_EQ(table.Insert(Id(1)), 20);
  table.AdvanceTo(kHour + 45);
  EXPECT_EQ(table.Insert(Id(1)), 25);
}

TEST(DedupTable, UndoBringsBackWhatInsertChanged) {
  DedupTable table({.window_hours = 25, .max_ids = 1000});
  table.AdvanceTo(kHour);
  table.Insert(Id(1));
  table.AdvanceTo(kHour + 3);
  EXPECT_EQ(table.Insert(Id(1)), 3);
  EXPECT_EQ(table.Insert(Id(2)), kNeverSeen);
  table.Undo(Id(2), kNeverSeen);
  table.Undo(Id(1), 3);
  EXPECT_EQ(table.live_ids(), 1u);
  EXPECT_EQ(table.Insert(Id(1)), 3);
  EXPECT_EQ(table.Insert(Id(2)), kNeverSeen);
}

TEST(DedupTable, GivesBackTheMemoryOfExpiredIds) {
  DedupTable table({.window_hours = 25, .max_ids = 8192});
  table.AdvanceTo(kHour);
  const size_t empty = table.bytes();
  for (uint64_t i = 0; i < 100'000; ++i) table.Insert(Id(i));
  EXPECT_GT(table.bytes(), empty + 800'000);
  for (uint32_t hour = 1; hour <= 60; ++hour) table.AdvanceTo(kHour + hour);
  EXPECT_LT(table.bytes(), empty + 64 * 1024);
}

TEST(DedupTable, AnUndoneIdStaysForgottenWhenItsTagComesRoundAgain) {
  DedupTable table({.window_hours = 30, .max_ids = 1000});
  for (uint32_t first = 0; first < 63; ++first) {
    const uint32_t hour = kHour + first * 200;
    table.AdvanceTo(hour);
    table.Undo(Id(first), table.Insert(Id(first)));
    for (uint32_t later = 1; later <= 126; ++later) {
      table.AdvanceTo(hour + later);
      ASSERT_FALSE(table.Contains(Id(first))) << later << " hours later";
    }
  }
}

// Among the shards is one that is swept in the last hour of its ids' window: its next sweep comes
// just before their tag would be the current one again. The few ids that come later keep it from
// being emptied as a whole.
TEST(DedupTable, AnExpiredIdStaysForgottenWhenItsTagComesRoundAgain) {
  constexpr uint64_t kIds = 1000, kLaterAnHour = 40;
  for (const uint32_t window : {2u, 25u, 30u}) {
    DedupTable table({.window_hours = window, .max_ids = kIds});
    table.AdvanceTo(kHour);
    uint64_t next = 0;
    while (next < kIds) table.Insert(Id(next++));
    for (uint32_t hour = 1; hour <= 130; ++hour) {
      table.AdvanceTo(kHour + hour);
      for (uint64_t i = 0; i < kLaterAnHour; ++i) ASSERT_EQ(table.Insert(Id(next++)), kNeverSeen);
      const bool remembered = hour <= window;
      ASSERT_EQ(table.live_ids(),
                (remembered ? kIds : 0) + kLaterAnHour * std::min(hour, window + 1));
      for (uint64_t i = 0; i < kIds; ++i) ASSERT_EQ(table.Contains(Id(i)), remembered) << hour;
    }
  }
}

TEST(DedupTable, ForgetsEverythingInAGapOfAnyLength) {
  constexpr uint64_t kIds = 300;
  for (const uint32_t window : {2u, 25u, 30u}) {
    for (uint32_t gap = window + 1; gap < 260; ++gap) {
      DedupTable table({.window_hours = window, .max_ids = kIds});
      table.AdvanceTo(kHour);
      for (uint64_t i = 0; i < kIds; ++i) table.Insert(Id(i));
      table.AdvanceTo(kHour + gap);
      ASSERT_EQ(table.live_ids(), 0u) << window << ", " << gap;
      for (uint64_t i = 0; i < kIds; ++i)
        ASSERT_FALSE(table.Contains(Id(i))) << window << ' ' << gap;
    }
  }
}

TEST(DedupTable, CostsLessThanElevenBytesAnId) {
  constexpr uint64_t kIds = 1'000'000;
  double sum = 0;
  int samples = 0;
  DedupTable table({.window_hours = 25, .max_ids = kIds});
  table.AdvanceTo(kHour);
  for (uint64_t i = 1; i <= kIds; ++i) {
    table.Insert(Id(i));
    if (i <= kIds * 3 / 5 || i % 1000 != 0) continue;
    const double bytes_an_id = static_cast<double>(table.bytes()) / static_cast<double>(i);
    ASSERT_LT(bytes_an_id, 12) << i;
    sum += bytes_an_id;
    ++samples;
  }
  EXPECT_LT(sum / samples, 11);
  EXPECT_EQ(table.live_ids(), kIds);
}

TEST(DedupTable, FindsEveryIdAfterEveryGrowth) {
  DedupTable table({.window_hours = 25, .max_ids = 50'000});
  table.AdvanceTo(kHour);
  size_t bytes = table.bytes();
  int growths = 0;
  for (uint64_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(table.Insert(Id(i)), kNeverSeen) << i;
    if (table.bytes() == bytes) continue;
    bytes = table.bytes();
    if (++growths % 8 != 0) continue;
    for (uint64_t known = 0; known <= i; ++known) ASSERT_TRUE(table.Contains(Id(known))) << known;
  }
  EXPECT_GT(growths, 200);
  EXPECT_EQ(table.live_ids(), 100'000u);
}

// As many ids expire as come: the place of expired ones is used again.
TEST(DedupTable, StaysSmallWhileIdsExpire) {
  constexpr uint32_t kIdsAnHour = 20'000;
  DedupTable table({.window_hours = 25, .max_ids = 26 * kIdsAnHour});
  uint64_t next = 0;
  for (uint32_t hour = 0; hour < 200; ++hour) {
    table.AdvanceTo(kHour + hour);
    for (uint32_t i = 0; i < kIdsAnHour; ++i) table.Insert(Id(next++));
    if (hour >= 26) {
      ASSERT_EQ(table.live_ids(), 26 * kIdsAnHour);
      ASSERT_LT(static_cast<double>(table.bytes()) / (26 * kIdsAnHour), 12) << hour;
    }
  }
}

// Slots are used again and swept, keys moved: whatever is in the window is found, nothing else.
TEST(DedupTable, FindsEveryIdWhileIdsExpire) {
  constexpr uint32_t kWindow = 25, kNewAnHour = 4000, kAgainAnHour = 400, kHours = 130;
  DedupTable table({.window_hours = kWindow, .max_ids = (kWindow + 1) * kNewAnHour});
  std::mt19937_64 random(7);
  std::vector<uint32_t> last_seen;  // hour, by id
  for (uint32_t hour = 0; hour < kHours; ++hour) {
    table.AdvanceTo(kHour + hour);
    std::vector<uint64_t> keys;
    std::vector<uint8_t> expected;
    for (uint32_t i = 0; i < kNewAnHour; ++i) {
      keys.push_back(last_seen.size());
      expected.push_back(kNeverSeen);
      last_seen.push_back(hour);
    }
    for (uint32_t i = 0; i < kAgainAnHour; ++i) {
      const uint64_t key = random() % last_seen.size();
      const uint32_t age = hour - std::exchange(last_seen[key], hour);
      keys.push_back(key);
      expected.push_back(age <= kWindow ? static_cast<uint8_t>(age) : kNeverSeen);
    }
    std::vector<Hash128> ids;
    for (const uint64_t key : keys) ids.push_back(Id(key));
    std::vector<uint8_t> ages(ids.size());
    InsertInBatches(table, ids, ages);
    ASSERT_EQ(ages, expected) << "hour " << hour;
    for (uint64_t key = 0; hour % 5 == 0 && key < last_seen.size(); ++key) {
      ASSERT_EQ(table.Contains(Id(key)), hour - last_seen[key] <= kWindow) << key << " at " << hour;
    }
  }
}

TEST(DedupTable, ReservedRoomStaysUntilTheIdsHaveCome) {
  constexpr uint32_t kIdsAnHour = 10'000, kHours = 26;
  DedupTable table({.window_hours = 25, .max_ids = kHours * kIdsAnHour});
  table.AdvanceTo(kHour);
  table.Reserve(kHours * kIdsAnHour);
  const size_t reserved = table.bytes();
  uint64_t next = 0;
  for (uint32_t hour = 0; hour < kHours; ++hour) {
    table.AdvanceTo(kHour + hour);
    ASSERT_EQ(table.bytes(), reserved) << "hour " << hour;
    for (uint32_t i = 0; i < kIdsAnHour; ++i) table.Insert(Id(next++));
  }
  EXPECT_EQ(table.bytes(), reserved);
}

TEST(DedupTable, ReservedRoomStaysForTwoSweeps) {
  DedupTable table({.window_hours = 25, .max_ids = 1000});
  table.AdvanceTo(kHour);
  table.Reserve(100'000);
  const size_t reserved = table.bytes();
  table.AdvanceTo(kHour + 64);
  EXPECT_EQ(table.bytes(), reserved);
  table.AdvanceTo(kHour + 96);
  EXPECT_LT(table.bytes(), reserved / 10);
}

TEST(DedupTable, ReservedRoomIsEnough) {
  DedupTable table({.window_hours = 25, .max_ids = 1'000'000});
  table.AdvanceTo(kHour);
  table.Insert(Id(0));
  table.Reserve(900'000);
  const size_t reserved = table.bytes();
  for (uint64_t i = 0; i < 900'000; ++i) table.Insert(Id(i));
  EXPECT_EQ(table.bytes(), reserved);
  EXPECT_LT(reserved, 900'000 * 11.3);
}

// The bound in the header, at a size where it can be seen: n * 2^-(UnitBits + fingerprint_bits) per
// new id.
TEST(DedupTable, FalseDropsStayWithinTheBound) {
  constexpr uint64_t kMaxIds = 8192;
  constexpr int kUnitBits = 8;  // 2^8 = 8192 / 32
  constexpr int kFingerprintBits = 16;
  DedupTable table({.window_hours = 25, .max_ids = kMaxIds, .fingerprint_bits = kFingerprintBits});
  table.AdvanceTo(kHour);
  constexpr uint64_t kIds = 200'000;
  uint64_t false_drops = 0;
  double expected = 0;
  for (uint64_t i = 0; i < kIds; ++i) {
    expected += static_cast<double>(table.live_ids()) / (1 << kUnitBits) / (1 << kFingerprintBits);
    false_drops += table.Insert(Id(i)) != kNeverSeen;
  }
  EXPECT_GT(expected, 500);
  EXPECT_NEAR(static_cast<double>(false_drops), expected, expected * 0.2);
}

TEST(DedupTable, TellsIdsApartByEachBitThatCounts) {
  struct Case {
    uint64_t max_ids;
    int bits;  // UnitBits + 55
  };
  for (const auto [max_ids, bits] : {Case{1, 60}, Case{1025, 61}, Case{1'000'000, 70},
                                     Case{uint64_t{1} << 30, 80}, Case{uint64_t{1} << 31, 80}}) {
    DedupTable table({.window_hours = 25, .max_ids = max_ids});
    table.AdvanceTo(kHour);
    ASSERT_EQ(table.Insert({}), kNeverSeen);
    for (int bit = 0; bit < 128; ++bit) {
      // The bits that count come first: those of `high`, then the lowest 16 of `low`.
      const Hash128 id = bit < 64 ? Hash128{uint64_t{1} << (63 - bit), 0}
                                  : Hash128{0, uint64_t{1} << ((79 - bit) & 63)};
      ASSERT_EQ(table.Insert(id), bit < bits ? kNeverSeen : 0) << bit << " of " << max_ids;
    }
  }
}

// From units of two slots to some of hundreds, most of them with a bucket at their border that is
// the next unit's too: exactly the ids are remembered that differ in the bits that are told apart.
TEST(DedupTable, AgreesWithAMapWhateverTheSizes) {
  constexpr int kUnitBits[] = {5, 6, 9, 11};
  std::mt19937_64 random(11);
  for (int round = 0; round < 40; ++round) {
    const int unit_bits = kUnitBits[random() % std::size(kUnitBits)];
    const uint32_t window = 2 + static_cast<uint32_t>(random() % 29);
    const int fingerprint_bits = 1 + static_cast<int>(random() % 20);
    const uint64_t ids_an_hour = uint64_t{10} << random() % 8;
    DedupTable table({.window_hours = window,
                      .max_ids = uint64_t{32} << unit_bits,
                      .fingerprint_bits = fingerprint_bits});
    const auto key_of = [&](Hash128 id) { return id.high >> (64 - unit_bits - fingerprint_bits); };
    std::unordered_map<uint64_t, uint32_t> last_seen;  // hour, by key
    uint32_t hour = kHour;
    const auto is_live = [&](uint32_t seen) { return hour - seen <= window; };
    for (int step = 0; step < 120; ++step) {
      hour += random() % 16 == 0 ? random() % 130 : 1;
      table.AdvanceTo(hour);
      std::vector<Hash128> ids(ids_an_hour);
      for (Hash128& id : ids) id = Id(random() % (ids_an_hour * window * 2));
      std::vector<uint8_t> ages(ids.size());
      InsertInBatches(table, ids, ages);
      const bool undo = random() % 4 == 0;
      const auto before = undo ? last_seen : decltype(last_seen){};
      for (size_t i = 0; i < ids.size(); ++i) {
        const auto [seen, is_new] = last_seen.try_emplace(key_of(ids[i]), hour);
        const bool known = !is_new && is_live(seen->second);
        ASSERT_EQ(ages[i], known ? hour - seen->second : kNeverSeen) << round << ' ' << step;
        seen->second = hour;
        if (undo) table.Undo(ids[i], ages[i]);
      }
      if (undo) last_seen = before;
      std::erase_if(last_seen, [&](const auto& key) { return !is_live(key.second); });
      ASSERT_EQ(table.live_ids(), last_seen.size()) << round << ' ' << step;
    }
  }
}

TEST(DedupTable, AgreesWithAMapWhateverTheHours) {
  EXPECT_TRUE(rc::check("inserts, batches, undo and hours", [] {
    DedupTable table({.window_hours = 25, .max_ids = 1000});
    std::map<uint64_t, uint32_t> last_seen;
    uint32_t hour = kHour;
    table.AdvanceTo(hour);
    const auto steps = *rc::gen::inRange(1, 60);
    for (int step = 0; step < steps; ++step) {
      const auto pause = *rc::gen::weightedElement<uint32_t>(
          {{6, 0}, {3, 1}, {1, 7}, {1, 25}, {1, 26}, {1, 70}, {1, 500}});
      hour += pause;
      table.AdvanceTo(hour);
      const bool undo = *rc::gen::arbitrary<bool>();
      auto keys = *rc::gen::container<std::vector<uint64_t>>(rc::gen::inRange<uint64_t>(0, 300));
      if (undo) {  // later copies in a batch would have seen the first one
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
      }
      std::vector<Hash128> ids;
      for (const uint64_t key : keys) ids.push_back(Id(key));
      std::vector<uint8_t> ages(ids.size());
      InsertInBatches(table, ids, ages);
      for (size_t i = 0; i < keys.size(); ++i) {
        const auto seen = last_seen.find(keys[i]);
        const bool known = seen != last_seen.end() && hour - seen->second <= 25;
        RC_ASSERT(ages[i] == (known ? hour - seen->second : kNeverSeen));
        if (undo) {
          table.Undo(ids[i], ages[i]);
        } else {
          last_seen[keys[i]] = hour;
        }
      }
      uint64_t live = 0;
      for (const auto& [key, seen] : last_seen) live += hour - seen <= 25;
      RC_ASSERT(table.live_ids() == live);
    }
  }));
}

}  // namespace
}  // namespace adtally
