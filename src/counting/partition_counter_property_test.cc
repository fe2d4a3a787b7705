// However a log is fed to the counter, cut and undone: the same numbers, and those of the oracle.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "counting/partition_counter.h"
#include "event/protobuf_codec.h"
#include "testing/counted_records.h"

namespace adtally {
namespace {

CountingOptions AnyOptions() {
  CountingOptions options;
  options.max_ids = *rc::gen::element<uint64_t>(1, 1000, 100'000, 2'000'000);
  options.dedup_window_hours =
      *rc::gen::weightedOneOf<uint32_t>({{3, rc::gen::just(24u)}, {1, rc::gen::inRange(1u, 30u)}});
  return options;
}

CountingOptions SmallTable() {
  CountingOptions options;
  options.max_ids = 1000;
  return options;
}

uint64_t AnySeed() {
  return *rc::gen::noShrink(rc::gen::arbitrary<uint64_t>());
}

TEST(PartitionCounterProperty, EveryCheckpointIsTheOraclesWhole) {
  EXPECT_TRUE(rc::check("rough records, random cuts", [] {
    const Records records = RoughRecords(AnySeed(), 60);
    const auto cuts = RandomCuts(records, AnySeed(), *rc::gen::inRange<size_t>(1, 30));
    const CountingOptions options = AnyOptions();
    const auto checkpoints = CountStraight(records, cuts, options);
    RC_ASSERT(Normalized(checkpoints) == Normalized(CountNaively(records, cuts, options)));
    for (const Checkpoint& checkpoint : checkpoints) {
      RC_ASSERT(std::ranges::is_sorted(checkpoint.rows, {}, &MinuteRow::key));
      RC_ASSERT(std::ranges::is_sorted(checkpoint.click_conversions, {}, &ClickConversionRow::key));
    }
  }));
}

TEST(PartitionCounterProperty, SumsDoNotDependOnTheCuts) {
  EXPECT_TRUE(rc::check("one log, two ways to cut it", [] {
    const Records records = RoughRecords(AnySeed(), 60);
    const CountingOptions options = AnyOptions();
    const auto one = CountStraight(records, RandomCuts(records, AnySeed(), 3), options);
    const auto other = CountStraight(records, RandomCuts(records, AnySeed(), 30), options);
    RC_ASSERT(SumsOf(one) == SumsOf(other));
  }));
}

// The records of the log cut into pieces: how senders grouped their events does not matter.
Records Split(const Records& records, std::vector<size_t>& cuts, std::mt19937_64& random) {
  Records pieces;
  size_t next_cut = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    RandomLog::GeneratedRecord piece{records[i].append_time, "", {}};
    for (const RandomLog::Item& item : records[i].items) {
      if (item.broken) {
        piece.payload += RandomLog::kBrokenBytes;
      } else {
        AppendToBatch(item.Get(), piece.payload);
      }
      if (random() % 40 != 0) continue;
      pieces.push_back(std::move(piece));
      piece = {records[i].append_time, "", {}};
    }
    pieces.push_back(std::move(piece));
    if (i + 1 == cuts[next_cut]) cuts[next_cut++] = pieces.size();
  }
  return pieces;
}

TEST(PartitionCounterProperty, NothingDependsOnHowEventsAreGroupedIntoRecords) {
  EXPECT_TRUE(rc::check("one log, and the same events in other records", [] {
    const Records records = RoughRecords(AnySeed(), 60);
    const CountingOptions options = AnyOptions();
    auto cuts = RandomCuts(records, AnySeed(), 10);
    const auto whole = Normalized(CountStraight(records, cuts, options));
    std::mt19937_64 random(AnySeed());
    const Records pieces = Split(records, cuts, random);
    const auto split = Normalized(CountStraight(pieces, cuts, options));
    RC_ASSERT(whole.size() == split.size());
    for (size_t i = 0; i < whole.size(); ++i) {
      RC_ASSERT(whole[i].rows == split[i].rows);
      RC_ASSERT(whole[i].ledger == split[i].ledger);
      RC_ASSERT(whole[i].new_ids == split[i].new_ids);
      RC_ASSERT(whole[i].click_conversions == split[i].click_conversions);
    }
  }));
}

TEST(PartitionCounterProperty, RollbackIsAsIfNothingHadBeenCounted) {
  EXPECT_TRUE(rc::check("count too far, undo, count again; perhaps several times", [] {
    const Records records = RoughRecords(AnySeed(), 60);
    const CountingOptions options = AnyOptions();
    const auto cuts = RandomCuts(records, AnySeed(), *rc::gen::inRange<size_t>(1, 20));
    std::mt19937_64 random(AnySeed());
    PartitionCounter counter(Partition(0), options);
    PartitionCounter straight(Partition(0), options);
    counter.Begin(Offset(0));
    straight.Begin(Offset(0));
    size_t begin = 0;
    for (const size_t end : cuts) {
      for (auto times = random() % 3; times > 0; --times) {
        const uint64_t live_ids = counter.live_ids();
        size_t too_far = begin + random() % (end - begin + 10);
        for (size_t i = begin; i < std::min(too_far, records.size()); ++i) {
          if (!counter.Fits(records[i].append_time)) break;
          CountRecords(counter, records, i, i + 1);
        }
        const bool same_hour =
            begin > 0 && records[begin].append_time.value / kMillisPerHour ==
                             records[begin - 1].append_time.value / kMillisPerHour;
        counter.Rollback();
        RC_ASSERT(counter.empty());
        RC_ASSERT(counter.end() == Offset(begin));
        RC_ASSERT(counter.row_count() == 0u);
        RC_ASSERT(counter.viewing_count() == 0u);
        RC_ASSERT(counter.new_id_count() == 0u);
        // In a new hour others have expired meanwhile.
        if (same_hour) RC_ASSERT(counter.live_ids() == live_ids);
      }
      CountRecords(counter, records, begin, end);
      CountRecords(straight, records, begin, end);
      RC_ASSERT(counter.live_ids() == straight.live_ids());
      RC_ASSERT(counter.Cut() == straight.Cut());
      begin = end;
    }
  }));
}

// Events of one hour, each sent up to `max_copies` times within the window: every copy to be
// judged, in any order and any company.
struct Retries {
  std::vector<RandomLog::Item> copies;
  int64_t first_append_ms = 0;
};

Retries MakeRetries(uint64_t seed, bool copies_differ) {
  RandomLog log(seed, {.duplicate = 0, .broken_record = 0, .long_pause = 0, .record_sizes = {600}});
  std::mt19937_64 random(seed);
  Retries retries;
  retries.first_append_ms = RandomLog::Options().start_ms + kMillisPerHour;
  RandomLog::GeneratedRecord events = log.Next();
  const RandomLog::GeneratedRecord others = log.Next();
  for (size_t i = 0; i < events.items.size(); ++i) {
    RandomLog::Item& item = events.items[i];
    item.event.time =
        EventTime(RandomLog::Options().start_ms + static_cast<int64_t>(random() % kMillisPerHour));
    for (auto times = 1 + random() % 4; times > 0; --times) {
      retries.copies.push_back(item);
      if (!copies_differ) continue;
      const EventTime time(item.event.time.value - static_cast<int64_t>(random() % 90'000));
      item.event = others.items[(i + times) % others.items.size()].event;
      item.event.time = time;
    }
  }
  return retries;
}

// The copies in an order and in records of the seed's choice, over most of the window.
Records InAnyOrder(const Retries& retries, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<RandomLog::Item> copies = retries.copies;
  std::ranges::shuffle(copies, random);
  Records records;
  int64_t now_ms = retries.first_append_ms;
  for (const RandomLog::Item& copy : copies) {
    if (records.empty() || random() % 50 == 0) {
      now_ms += static_cast<int64_t>(random() % (15 * kMillisPerMinute));
      records.push_back({AppendTime(now_ms), "", {}});
    }
    AppendToBatch(copy.Get(), records.back().payload);
    records.back().items.push_back(copy);
  }
  return records;
}

// Counts each event once, as its first copy says, and all others as duplicates, as each says of
// itself.
std::map<MinuteKey, Measures> FirstCopiesAndOthers(const Records& records) {
  NaiveCounter once(24);
  std::set<std::string> seen;
  std::map<MinuteKey, Measures> others;
  for (const auto& record : records) {
    for (const RandomLog::Item& item : record.items) {
      const Event event = item.Get();
      if (seen.insert(item.event_id).second) {
        once.Add(record.append_time, event);
        continue;
      }
      Measures& row = others[{Minute(static_cast<uint32_t>(event.time.value / kMillisPerMinute)),
                              event.dimensions}];
      if (event.type == EventType::kImpression) ++row.duplicate_impressions;
      if (event.type == EventType::kClick) ++row.duplicate_clicks;
      if (event.type == EventType::kConversion) ++row.duplicate_conversions;
    }
  }
  std::map<MinuteKey, Measures> rows = once.rows();
  for (const auto& [key, measures] : others) AddMeasures(rows[key], measures);
  return rows;
}

TEST(PartitionCounterProperty, RetriesCountOnceInAnyOrder) {
  EXPECT_TRUE(rc::check("equal copies in two orders", [] {
    const Retries retries = MakeRetries(AnySeed(), false);
    std::vector<std::map<MinuteKey, Measures>> sums;
    for (int order = 0; order < 2; ++order) {
      const Records records = InAnyOrder(retries, AnySeed());
      const auto checkpoints =
          CountStraight(records, RandomCuts(records, AnySeed(), 20), SmallTable());
      sums.push_back(SumsOf(checkpoints).rows);
      RC_ASSERT(sums.back() == FirstCopiesAndOthers(records));
    }
    RC_ASSERT(sums[0] == sums[1]);
  }));
}

TEST(PartitionCounterProperty, OfCopiesThatDifferTheFirstCounts) {
  EXPECT_TRUE(rc::check("differing copies in any order", [] {
    const Records records = InAnyOrder(MakeRetries(AnySeed(), true), AnySeed());
    const auto checkpoints =
        CountStraight(records, RandomCuts(records, AnySeed(), 20), SmallTable());
    RC_ASSERT(SumsOf(checkpoints).rows == FirstCopiesAndOthers(records));
  }));
}

// A partition that any thread may count, one at a time.
struct SharedPartition {
  SharedPartition(uint64_t seed, const CountingOptions& options)
      : records(RoughRecords(seed, 40)),
        cuts(RandomCuts(records, seed, 8)),
        counter(Partition(0), options) {
    counter.Begin(Offset(0));
  }

  // Counts the next record; false at the end.
  bool CountOne() {
    if (counter.end().value == records.size()) return false;
    const size_t at = counter.end().value;
    CountRecords(counter, records, at, at + 1);
    if (at + 1 == cuts[checkpoints.size()]) checkpoints.push_back(counter.Cut());
    return true;
  }

  const Records records;
  const std::vector<size_t> cuts;
  std::mutex mutex;
  PartitionCounter counter;
  std::vector<Checkpoint> checkpoints;
};

TEST(PartitionCounterProperty, AnyNumberOfThreadsCountsTheSame) {
  constexpr size_t kPartitions = 8;
  const CountingOptions options = SmallTable();
  for (const unsigned threads : {1u, 2u, 4u}) {
    std::vector<std::unique_ptr<SharedPartition>> partitions;
    for (size_t i = 0; i < kPartitions; ++i) {
      partitions.push_back(std::make_unique<SharedPartition>(i, options));
    }
    std::atomic<size_t> counted = 0;
    size_t to_count = 0;
    for (const auto& partition : partitions) to_count += partition->records.size();
    const auto count = [&](unsigned seed) {
      std::mt19937_64 random(seed);
      while (counted < to_count) {
        SharedPartition& partition = *partitions[random() % kPartitions];
        const std::unique_lock lock(partition.mutex, std::try_to_lock);
        for (auto turns = lock.owns_lock() ? 1 + random() % 5 : 0; turns > 0; --turns) {
          if (partition.CountOne()) ++counted;
        }
      }
    };
    std::vector<std::thread> pool;
    for (unsigned i = 0; i < threads; ++i) pool.emplace_back(count, i);
    for (std::thread& thread : pool) thread.join();
    for (const auto& partition : partitions) {
      EXPECT_EQ(partition->checkpoints,
                CountStraight(partition->records, partition->cuts, options));
    }
  }
}

}  // namespace
}  // namespace adtally
