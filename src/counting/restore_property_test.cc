// Wherever a restart takes deduplication up again, and out of what: the same checkpoints follow.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "counting/partition_counter.h"
#include "testing/counted_records.h"

namespace adtally {
namespace {

uint64_t AnySeed() {
  return *rc::gen::noShrink(rc::gen::arbitrary<uint64_t>());
}

int64_t HourOf(const Records& records, size_t i) {
  return records[i].append_time.value / kMillisPerHour;
}

// The first record that may still matter to deduplication after those before `end`.
size_t WindowBegin(const Records& records, size_t end, const CountingOptions& options) {
  const int64_t first_hour = HourOf(records, end - 1) - options.dedup_window_hours - 1;
  size_t begin = end;
  while (begin > 0 && HourOf(records, begin - 1) >= first_hour) --begin;
  return begin;
}

// As a cache keeps them: of `low` 16 bits, given in parts.
void RestoreIds(PartitionCounter& counter, const Checkpoint& checkpoint, std::mt19937_64& random) {
  for (const NewIds& hour : checkpoint.new_ids) {
    std::vector<Hash128> ids = hour.ids;
    for (Hash128& id : ids) id.low &= 0xffff;
    for (size_t from = 0; from < ids.size();) {
      const size_t count = std::min<size_t>(1 + random() % 100, ids.size() - from);
      counter.Restore(hour.append_hour, {ids.data() + from, count});
      from += count;
    }
  }
}

// Leaves only ids that were never seen before, as far as these checkpoints know.
void ForgetDuplicates(std::vector<Checkpoint>& checkpoints) {
  std::set<Hash128> seen;
  for (Checkpoint& checkpoint : checkpoints) {
    for (NewIds& hour : checkpoint.new_ids) {
      std::erase_if(hour.ids, [&](const Hash128& id) { return !seen.insert(id).second; });
    }
  }
}

void RestoreRecords(PartitionCounter& counter, const Records& records, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) counter.Restore(records[i].append_time, records[i].payload);
}

// Brings the counter to `end`, from some of the entries of two caches, whose checkpoints were cut
// at different places, and from the records where neither has one.
void RestoreFromMix(PartitionCounter& counter, const Records& records, size_t from, size_t end,
                    const std::vector<const std::vector<Checkpoint>*>& caches,
                    std::mt19937_64& random) {
  std::vector<const Checkpoint*> entries;
  uint64_t ids = 0;
  for (const auto* cache : caches) {
    for (const Checkpoint& entry : *cache) {
      if (random() % 3 == 0) continue;
      entries.push_back(&entry);
      for (const NewIds& hour : entry.new_ids) ids += hour.ids.size();
    }
  }
  std::ranges::stable_sort(entries, {}, &Checkpoint::begin);
  if (random() % 2 == 0) counter.ReserveIds(random() % (2 * ids + 1));
  for (const Checkpoint* entry : entries) {
    if (entry->begin.value < from || entry->end.value > end) continue;
    RestoreRecords(counter, records, from, entry->begin.value);
    RestoreIds(counter, *entry, random);
    from = entry->end.value;
  }
  RestoreRecords(counter, records, from, end);
}

// Whether a restart at some checkpoint's begin counts the same from there on. `forget`: planted
// bug, the caches do not hold the ids that had been seen in an earlier hour.
bool RestartsAlike(uint64_t seed, bool forget) {
  std::mt19937_64 random(seed);
  const Records records = RoughRecords(seed, 60);
  CountingOptions options;
  options.max_ids = std::array{1, 1000, 100'000}[random() % 3];
  if (random() % 4 == 0) options.dedup_window_hours = static_cast<uint32_t>(1 + random() % 29);
  const auto cuts = RandomCuts(records, random(), 6);
  const auto checkpoints = CountStraight(records, cuts, options);
  auto entries = checkpoints;
  auto others = CountStraight(records, RandomCuts(records, random(), 12), options);
  if (forget) {
    ForgetDuplicates(entries);
    ForgetDuplicates(others);
  }

  const size_t at = random() % cuts.size();
  const size_t begin = cuts[at];
  // Whatever is restored of before the window changes nothing.
  const size_t from = WindowBegin(records, begin, options) / (1 + random() % 2);
  PartitionCounter restarted(Partition(0), options);
  RestoreFromMix(restarted, records, from, begin, {&entries, &others}, random);
  restarted.Begin(Offset(begin));
  for (size_t i = at + 1; i < cuts.size(); ++i) {
    CountRecords(restarted, records, cuts[i - 1], cuts[i]);
    if (restarted.Cut() != checkpoints[i]) return false;
  }
  return true;
}

TEST(RestoreProperty, AnyMixOfCachedIdsAndRecordsLeadsToTheSameCheckpoints) {
  EXPECT_TRUE(rc::check("restart anywhere, from the window alone or from more",
                        [] { RC_ASSERT(RestartsAlike(AnySeed(), false)); }));
}

TEST(RestoreProperty, NoticesACacheThatForgetsDuplicates) {
  bool noticed = false;
  for (uint64_t seed = 0; seed < 100 && !noticed; ++seed) noticed = !RestartsAlike(seed, true);
  EXPECT_TRUE(noticed);
}

TEST(RestoreProperty, WhatIsRememberedIsTheSameToo) {
  EXPECT_TRUE(rc::check("live ids after a restart", [] {
    const Records records = RoughRecords(AnySeed(), 60);
    CountingOptions options;
    options.max_ids = 1000;
    const auto cuts = RandomCuts(records, AnySeed(), 6);
    RC_PRE(cuts.size() > 1u);
    const auto checkpoints = CountStraight(records, cuts, options);
    const auto at = *rc::gen::inRange<size_t>(1, cuts.size());
    const size_t begin = cuts[at - 1];
    PartitionCounter straight(Partition(0), options);
    straight.Begin(Offset(0));
    CountRecords(straight, records, 0, begin);
    straight.Cut();
    PartitionCounter restarted(Partition(0), options);
    std::mt19937_64 random(AnySeed());
    RestoreFromMix(restarted, records, WindowBegin(records, begin, options), begin, {&checkpoints},
                   random);
    restarted.Begin(Offset(begin));
    // An hour passes when it is counted, not when a restart restores nothing of it.
    CountRecords(straight, records, begin, cuts[at]);
    CountRecords(restarted, records, begin, cuts[at]);
    RC_ASSERT(restarted.live_ids() == straight.live_ids());
    RC_ASSERT(restarted.Cut() == straight.Cut());
  }));
}

}  // namespace
}  // namespace adtally
